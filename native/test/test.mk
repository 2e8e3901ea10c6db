# Test programs (test/native says what runs them), the replay tool and the fuzzers.
#
#   make asan    every *_test.c and replay, under AddressSanitizer and UndefinedBehaviorSanitizer
#   make tsan    those with threads, under ThreadSanitizer
#   make fuzz    the libFuzzer targets (clang)
#
# Each is linked from objects of its own, statically: internal functions can be called.

SANITIZE_ASAN = -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_TSAN = -fsanitize=thread
SANITIZE_FUZZ = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
TEST_FLAGS = $(filter-out -fPIC -fvisibility=hidden,$(FLAGS)) -O1 -g -fno-omit-frame-pointer -Itest

UNIT_TESTS = $(basename $(notdir $(wildcard test/*_test.c)))
THREAD_TESTS = ring_test slow_test engine_test
FUZZERS = fuzz_play fuzz_feed

TEST_HEADERS = $(HEADERS) $(wildcard test/*.h) Makefile test/test.mk
TEST_LIBRARY = $(SOURCES:.c=.o) test/harness.o test/recorder.o

.PHONY: asan tsan check-binaries
check-binaries: asan tsan
asan: $(UNIT_TESTS:%=$(BUILD)/asan/%) $(BUILD)/asan/replay
tsan: $(THREAD_TESTS:%=$(BUILD)/tsan/%)
fuzz: $(FUZZERS:%=$(BUILD)/fuzz/%)

$(BUILD)/asan/%.o: %.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) $(SANITIZE_ASAN) -c -o $@ $<

$(BUILD)/tsan/%.o: %.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_FLAGS) $(SANITIZE_TSAN) -c -o $@ $<

$(BUILD)/fuzz/%.o: %.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(TEST_FLAGS) $(SANITIZE_FUZZ) -c -o $@ $<

# It answers ioctl() in a device's place.
$(BUILD)/asan/engine_test $(BUILD)/tsan/engine_test: WRAP = -Wl,--wrap=ioctl

$(BUILD)/asan/%_test: $(BUILD)/asan/test/%_test.o $(TEST_LIBRARY:%=$(BUILD)/asan/%)
	$(CC) $(SANITIZE_ASAN) -pthread $(WRAP) -o $@ $^

$(BUILD)/asan/replay: $(BUILD)/asan/test/replay.o $(patsubst %.c,$(BUILD)/asan/%.o,$(CORE) $(SIM))
	$(CC) $(SANITIZE_ASAN) -o $@ $^

$(BUILD)/tsan/%_test: $(BUILD)/tsan/test/%_test.o $(TEST_LIBRARY:%=$(BUILD)/tsan/%)
	$(CC) $(SANITIZE_TSAN) -pthread $(WRAP) -o $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/test/fuzz_%.o $(patsubst %.c,$(BUILD)/fuzz/%.o,$(CORE) $(SIM))
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^

.SECONDARY:
