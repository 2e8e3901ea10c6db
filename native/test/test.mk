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
# What each program is linked with: the rules alone, or the engine.
TEST_CORE = $(CORE) test/harness.c test/recorder.c
TEST_ENGINE = $(SOURCES) test/harness.c

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
	$(CLANG) $(TEST_FLAGS) -Wno-string-conversion $(SANITIZE_FUZZ) -c -o $@ $<

# It answers system calls in the kernel's place.
$(BUILD)/asan/engine_test: WRAP = -Wl,--wrap=ioctl
$(BUILD)/tsan/engine_test: WRAP = -Wl,--wrap=ioctl,--wrap=syscall

define link_tests # directory, sanitizer
$(BUILD)/$(1)/%_test: $(BUILD)/$(1)/test/%_test.o $(TEST_CORE:%.c=$(BUILD)/$(1)/%.o)
	$$(CC) $(2) -pthread -o $$@ $$^

$(BUILD)/$(1)/slow_test $(BUILD)/$(1)/engine_test $(BUILD)/$(1)/message_test $(BUILD)/$(1)/adopt_test \
$(BUILD)/$(1)/link_test: \
$(BUILD)/$(1)/%_test: $(BUILD)/$(1)/test/%_test.o $(TEST_ENGINE:%.c=$(BUILD)/$(1)/%.o)
	$$(CC) $(2) -pthread $$(WRAP) -o $$@ $$^
endef
$(eval $(call link_tests,asan,$(SANITIZE_ASAN)))
$(eval $(call link_tests,tsan,$(SANITIZE_TSAN)))

$(BUILD)/asan/replay: $(patsubst %.c,$(BUILD)/asan/%.o,test/replay.c $(CORE) $(SIM))
	$(CC) $(SANITIZE_ASAN) -o $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/test/fuzz_%.o $(patsubst %.c,$(BUILD)/fuzz/%.o,$(CORE) $(SIM))
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^

# What the library is linked from: test/native/mutants.ts replaces one of them.
.PHONY: print-objects
print-objects: $(OBJECTS)
	@echo $(OBJECTS)

.SECONDARY:
