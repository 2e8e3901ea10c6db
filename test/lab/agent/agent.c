/*
 * The lab's agent: runs inside the virtual machine, starts processes for the host and carries
 * their input and output over one virtio-serial port.
 *
 * It is process 1 of a light boot (then it also reaps orphans, and its end is the machine's end)
 * and an ordinary service in a full boot, where services that others started are systemd's. One thread, one poll loop, no library but libc, linked
 * statically: it must start in milliseconds on an emulated processor.
 *
 * Messages, both ways: u32 size of the payload, u32 process id chosen by the host, u8 type,
 * payload. All integers are little endian, as on the only architecture the lab runs.
 *
 *   host to agent                              agent to host
 *   S start      struct start_request, text    H hello   kernel release (once, first)
 *   I input      bytes; empty closes stdin     P started u32 pid in the machine
 *   K signal     u32 number, u32 whole group   F failed  u32 errno of fork or exec
 *   W window     u16 rows, u16 columns         O output  bytes of stdout (or the terminal)
 *   B baseline   spare what runs now           E error   bytes of stderr
 *   R reset      kill all but the baseline     X exit    u32 wait status
 *   Q power off                                C closed  exited and all output delivered
 *                                              D done    answer to B and R
 *
 * X is sent as soon as the process is reaped and its output so far is delivered. Grandchildren that
 * still hold its pipes go on producing O and E until C.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MAX_PROCESSES   256
#define MAX_BASELINE    64
#define MAX_PAYLOAD     (1 << 20)
#define CHUNK_SIZE      (64 << 10)
#define PORT_NAME       "lab.agent"
#define PORT_DEADLINE_S 60
#define RESET_LOOK_MS   5

struct header {
	uint32_t size;
	uint32_t id;
	uint8_t type;
} __attribute__((packed));

struct start_request {
	uint16_t rows; /* 0: no terminal, three pipes */
	uint16_t columns;
	uint32_t arg_count;
	uint32_t env_count;
	char text[]; /* cwd, arguments, environment; each ends with NUL */
} __attribute__((packed));

struct process {
	uint32_t id;
	pid_t pid; /* 0: slot is free */
	bool reaped;
	int in;  /* -1 when closed; shared with out for a terminal */
	int out; /* -1 when closed */
	int err; /* -1 when closed, or none */
	char *pending;
	size_t pending_size;
	bool close_input; /* when pending is written */
};

static struct process processes[MAX_PROCESSES];
static pid_t baseline[MAX_BASELINE];
static size_t baseline_count;
static size_t stray_count;
static uint32_t reset_id; /* 0: no reset is going on */
static int port = -1;
static sigset_t original_signals;

static void die(const char *what)
{
	fprintf(stderr, "lab agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	die("power off");
}

/* Blocks until the host took everything; without a host there is nothing left to do here. */
static void write_port(const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t n = write(port, bytes, size);

		if (n >= 0) {
			bytes += n;
			size -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = port, .events = POLLOUT};

			poll(&ready, 1, -1);
			if (ready.revents & POLLHUP)
				power_off();
		} else if (errno != EINTR) {
			power_off();
		}
	}
}

static void send_message(uint32_t id, char type, const void *payload, size_t size)
{
	struct header header = {.size = (uint32_t)size, .id = id, .type = (uint8_t)type};

	write_port(&header, sizeof(header));
	if (size > 0)
		write_port(payload, size);
}

static void send_number(uint32_t id, char type, uint32_t number)
{
	send_message(id, type, &number, sizeof(number));
}

static struct process *find_process(uint32_t id)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].pid && processes[i].id == id)
			return &processes[i];
	return NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_input(struct process *process)
{
	if (process->in != process->out)
		close_fd(&process->in);
	process->in = -1;
	free(process->pending);
	process->pending = NULL;
	process->pending_size = 0;
}

static void free_when_over(struct process *process)
{
	if (!process->reaped || process->out >= 0 || process->err >= 0)
		return;
	close_input(process);
	send_message(process->id, 'C', NULL, 0);
	process->pid = 0;
}

static void close_output(struct process *process, int *fd)
{
	if (process->in == *fd)
		close_input(process);
	close_fd(fd);
	free_when_over(process);
}

/* Moves at most one chunk to the host. Returns false when there was nothing to move. */
static bool forward_output(struct process *process, int *fd, char type)
{
	static char chunk[CHUNK_SIZE];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n > 0) {
		send_message(process->id, type, chunk, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close_output(process, fd); /* end of file; EIO from a terminal without a process */
	return false;
}

static void flush_input(struct process *process)
{
	while (process->pending_size > 0) {
		ssize_t n = write(process->in, process->pending, process->pending_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) { /* the process closed its stdin */
			close_input(process);
			return;
		}
		process->pending_size -= (size_t)n;
		memmove(process->pending, process->pending + n, process->pending_size);
	}
	if (process->close_input)
		close_input(process);
}

static void handle_input(uint32_t id, const char *data, size_t size)
{
	struct process *process = find_process(id);

	if (!process || process->in < 0)
		return;
	if (size == 0) {
		process->close_input = true;
	} else {
		process->pending = realloc(process->pending, process->pending_size + size);
		if (!process->pending)
			die("input buffer");
		memcpy(process->pending + process->pending_size, data, size);
		process->pending_size += size;
	}
	flush_input(process);
}

static _Noreturn void run_child(int report, const int fds[3], bool terminal, const char *cwd,
				char **argv, char **env)
{
	int error;

	setsid();
	if (terminal)
		ioctl(fds[0], TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			goto failed;
	sigprocmask(SIG_SETMASK, &original_signals, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir(cwd) < 0)
		goto failed;
	environ = env; /* execvp looks for PATH in the new environment */
	execvp(argv[0], argv);
failed:
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* ours[i] is the agent's end, theirs[i] the child's. A terminal is one descriptor on each side. */
static int open_streams(const struct start_request *request, int ours[3], int theirs[3])
{
	int pair[2];

	if (request->rows) {
		struct winsize size = {.ws_row = request->rows, .ws_col = request->columns};
		int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
		const char *name;

		if (master < 0)
			return -errno;
		ours[0] = ours[1] = master;
		if (grantpt(master) < 0 || unlockpt(master) < 0 || !(name = ptsname(master)))
			return -errno;
		theirs[0] = theirs[1] = theirs[2] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (theirs[0] < 0)
			return -errno;
		ioctl(theirs[0], TIOCSWINSZ, &size);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		if (pipe2(pair, O_CLOEXEC) < 0)
			return -errno;
		ours[i] = pair[i == 0];
		theirs[i] = pair[i != 0];
		fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static int start_process(struct process *process, const struct start_request *request,
			 const char *cwd, char **argv, char **env)
{
	int ours[3] = {-1, -1, -1}, theirs[3] = {-1, -1, -1}, report[2] = {-1, -1};
	int error = open_streams(request, ours, theirs);
	pid_t pid = -1;

	if (!error && pipe2(report, O_CLOEXEC) < 0)
		error = -errno;
	if (!error) {
		pid = fork();
		if (pid == 0)
			run_child(report[1], theirs, request->rows, cwd, argv, env);
		if (pid < 0)
			error = -errno;
	}
	close_fd(&report[1]);
	if (pid > 0 && read(report[0], &error, sizeof(error)) == sizeof(error)) {
		error = -error;
		waitpid(pid, NULL, 0);
	}
	close_fd(&report[0]);
	close_fd(&theirs[0]);
	if (!request->rows) {
		close_fd(&theirs[1]);
		close_fd(&theirs[2]);
	}
	if (error) {
		close_fd(&ours[0]);
		if (!request->rows) {
			close_fd(&ours[1]);
			close_fd(&ours[2]);
		}
		return error;
	}
	process->pid = pid;
	process->in = ours[0];
	process->out = ours[1];
	process->err = ours[2];
	return 0;
}

static void handle_start(uint32_t id, struct start_request *request, size_t size)
{
	char *text = request->text, *end = (char *)request + size;
	size_t string_count = (size_t)request->arg_count + request->env_count + 1;
	char **strings = calloc(string_count + 2, sizeof(*strings));
	struct process *process = NULL;
	char **argv, **env;
	int error;

	for (size_t i = 0; i < MAX_PROCESSES && !process; i++)
		if (!processes[i].pid)
			process = &processes[i];
	if (!strings || !process) {
		free(strings);
		send_number(id, 'F', strings ? EAGAIN : ENOMEM);
		return;
	}
	/* strings: cwd, arguments, NULL, environment, NULL */
	for (size_t i = 0; i < string_count && text < end; i++, text += strlen(text) + 1)
		strings[i <= request->arg_count ? i : i + 1] = text;
	argv = strings + 1;
	env = argv + request->arg_count + 1;
	*process = (struct process){.id = id, .in = -1, .out = -1, .err = -1};
	error = start_process(process, request, strings[0], argv, env);
	free(strings);
	if (error)
		send_number(id, 'F', (uint32_t)-error);
	else
		send_number(id, 'P', (uint32_t)process->pid);
}

static void handle_signal(uint32_t id, const uint32_t *payload)
{
	struct process *process = find_process(id);

	/* The group outlives its leader: a shell's children are still to be reached. */
	if (process && (!process->reaped || payload[1]))
		kill(payload[1] ? -process->pid : process->pid, (int)payload[0]);
}

static void handle_window(uint32_t id, const uint16_t *payload)
{
	struct process *process = find_process(id);
	struct winsize size = {.ws_row = payload[0], .ws_col = payload[1]};

	if (process && process->in >= 0)
		ioctl(process->in, TIOCSWINSZ, &size);
}

struct process_facts {
	char state;
	pid_t parent;
	bool kernel_thread;
};

/* Returns false when there is no such process (any more). */
static bool read_facts(pid_t pid, struct process_facts *facts)
{
	const unsigned int kernel_thread = 0x00200000; /* PF_KTHREAD */
	unsigned int flags = 0;
	char path[64], text[512];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(text, sizeof(text), file) && strrchr(text, ')'))
		found = sscanf(strrchr(text, ')') + 1, " %c %d %*d %*d %*d %*d %u", &facts->state,
			       &facts->parent, &flags) == 3;
	facts->kernel_thread = flags & kernel_thread;
	fclose(file);
	return found;
}

/* The path of a process's control group, in which it stays whoever its parent becomes; empty when it is gone. */
static void read_group(pid_t pid, char *group, size_t size)
{
	char path[64];
	FILE *file;

	group[0] = 0;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(group, (int)size, file))
		group[0] = 0;
	fclose(file);
}

/* What systemd started is in another group than what we started; without systemd all are in one. */
static bool in_our_group(pid_t pid)
{
	static char ours[512];
	char theirs[512];

	if (!ours[0])
		read_group(getpid(), ours, sizeof(ours));
	read_group(pid, theirs, sizeof(theirs));
	return !strcmp(ours, theirs);
}

static bool spared(pid_t pid)
{
	if (pid == 1 || pid == getpid())
		return true;
	for (size_t i = 0; i < baseline_count; i++)
		if (baseline[i] == pid)
			return true;
	return false;
}

/* Calls visit for every user process that is neither us nor process 1. */
static void each_process(void (*visit)(pid_t pid, const struct process_facts *facts))
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct process_facts facts;
		pid_t pid = atoi(entry->d_name);

		if (pid > 1 && pid != getpid() && read_facts(pid, &facts) && !facts.kernel_thread)
			visit(pid, &facts);
	}
	if (dir)
		closedir(dir);
}

static void add_to_baseline(pid_t pid, const struct process_facts *facts)
{
	(void)facts;
	if (baseline_count < MAX_BASELINE)
		baseline[baseline_count++] = pid;
}

static void kill_stray(pid_t pid, const struct process_facts *facts)
{
	pid_t parent = facts->parent;

	/* udevd's workers come and go: the children of the spared are spared. */
	if (spared(pid) || (parent != 1 && parent != getpid() && spared(parent)))
		return;
	/* A corpse has nothing open any more; whose it is buries it, or nobody. */
	if (facts->state == 'Z' && parent != getpid())
		return;
	if (!in_our_group(pid))
		return;
	kill(pid, SIGKILL);
	stray_count++;
}

/* Answers when the last one is gone: what it had open is closed then, and devices that it made too. */
static void go_on_with_reset(void)
{
	stray_count = 0;
	each_process(kill_stray);
	if (stray_count > 0)
		return;
	send_message(reset_id, 'D', NULL, 0);
	reset_id = 0;
}

static void handle_message(const struct header *header, char *payload)
{
	switch (header->type) {
	case 'S':
		handle_start(header->id, (struct start_request *)payload, header->size);
		break;
	case 'I':
		handle_input(header->id, payload, header->size);
		break;
	case 'K':
		handle_signal(header->id, (uint32_t *)payload);
		break;
	case 'W':
		handle_window(header->id, (uint16_t *)payload);
		break;
	case 'B':
		baseline_count = 0;
		each_process(add_to_baseline);
		send_message(header->id, 'D', NULL, 0);
		break;
	case 'R':
		reset_id = header->id;
		go_on_with_reset();
		break;
	case 'Q':
		power_off();
		break;
	default:
		errno = EPROTO;
		die("message from the host");
	}
}

static void read_port(void)
{
	/* One NUL past the payload ends its last string, whatever the host sent. */
	static char buffer[sizeof(struct header) + MAX_PAYLOAD + 1];
	static size_t filled;
	ssize_t n = read(port, buffer + filled, sizeof(buffer) - 1 - filled);

	if (n == 0)
		power_off(); /* the host is gone */
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		die("read from the host");
	}
	filled += (size_t)n;
	while (filled >= sizeof(struct header)) {
		struct header header;
		size_t whole;
		char saved;

		memcpy(&header, buffer, sizeof(header));
		if (header.size > MAX_PAYLOAD) {
			errno = EMSGSIZE;
			die("message from the host");
		}
		whole = sizeof(header) + header.size;
		if (filled < whole)
			return;
		saved = buffer[whole];
		buffer[whole] = 0;
		handle_message(&header, buffer + sizeof(header));
		buffer[whole] = saved;
		filled -= whole;
		memmove(buffer, buffer + whole, filled);
	}
}

static void reap(int signals)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < MAX_PROCESSES; i++) {
			struct process *process = &processes[i];

			if (process->pid != pid || process->reaped)
				continue;
			while (process->out >= 0 && forward_output(process, &process->out, 'O'))
				;
			while (process->err >= 0 && forward_output(process, &process->err, 'E'))
				;
			process->reaped = true;
			send_number(process->id, 'X', (uint32_t)status);
			free_when_over(process);
		}
	}
}

static int open_named_port(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		char path[320], name[64] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file))
			name[strcspn(name, "\n")] = 0;
		fclose(file);
		if (strcmp(name, PORT_NAME))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* The port's name arrives by a control message after its node, so every change is looked at. */
static void open_port(void)
{
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (watch < 0 || inotify_add_watch(watch, "/dev", IN_CREATE | IN_ATTRIB) < 0)
		die("watch /dev");
	for (int waited_ms = 0; (port = open_named_port()) < 0; waited_ms += 20) {
		struct pollfd changed = {.fd = watch, .events = POLLIN};
		char events[4096];

		if (waited_ms > PORT_DEADLINE_S * 1000) {
			errno = ETIMEDOUT;
			die("no virtio port " PORT_NAME);
		}
		poll(&changed, 1, 20);
		while (read(watch, events, sizeof(events)) > 0)
			;
	}
	close(watch);
}

static void watch_process(const struct process *process, struct pollfd *fds)
{
	bool used = process->pid != 0;

	fds[0] = (struct pollfd){.fd = used ? process->out : -1, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = used ? process->err : -1, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = used && process->pending_size > 0 ? process->in : -1,
				 .events = POLLOUT};
}

static void serve_process(struct process *process, const struct pollfd *fds)
{
	if (fds[2].revents && process->in >= 0)
		flush_input(process);
	if (fds[0].revents && process->out >= 0)
		forward_output(process, &process->out, 'O');
	if (fds[1].revents && process->err >= 0)
		forward_output(process, &process->err, 'E');
}

int main(void)
{
	static struct pollfd fds[2 + 3 * MAX_PROCESSES];
	struct utsname system;
	sigset_t children;
	int signals;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, &original_signals);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		die("signalfd");
	open_port();
	uname(&system);
	send_message(0, 'H', system.release, strlen(system.release));

	for (;;) {
		fds[0] = (struct pollfd){.fd = port, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = signals, .events = POLLIN};
		for (size_t i = 0; i < MAX_PROCESSES; i++)
			watch_process(&processes[i], &fds[2 + 3 * i]);
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), reset_id ? RESET_LOOK_MS : -1) < 0) {
			if (errno == EINTR)
				continue;
			die("poll");
		}
		for (size_t i = 0; i < MAX_PROCESSES; i++)
			if (processes[i].pid)
				serve_process(&processes[i], &fds[2 + 3 * i]);
		if (fds[1].revents)
			reap(signals);
		if (reset_id)
			go_on_with_reset();
		if (fds[0].revents)
			read_port();
	}
}
