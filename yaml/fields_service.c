/* Slipway's own keys of a container: how it is started, watched, limited and stopped. */
#include "yaml/check.h"
#include "yaml/fields.h"

#include <stddef.h>

/* A table of the struct T, with a place and a shorthand. */
#define SECTION(T, word, text, short_key, of_fields, ...)                                      \
	{                                                                                      \
		.name = word, .called = "\"" word "\"", .doc = text, .shorthand = short_key,   \
		FIELDS(of_fields), .size = sizeof(struct T), .pos_at = offsetof(struct T, at), \
		.set_at = offsetof(struct T, set), __VA_ARGS__                                 \
	}
#define DAY INT64_C(86400000)

#define RESTART(m) offsetof(struct restart_options, m)
static const struct field restart_fields[] = {
	FIELD(STR, "policy", RESTART(policy),
		"When a service that ended is started again: `always`, `on-failure` (it ended with a status that is not 0) or `never`.",
		.absent = "`always`; in a LinuxKit file `never`", .flags = FIELD_OWN,
		.form = &form_restart),
	FIELD(TIME, "delay", RESTART(delay), "The wait before the first restart; it doubles.",
		.absent = "`100ms`", .flags = FIELD_OWN, .max = DAY),
	FIELD(TIME, "max_delay", RESTART(max_delay), "The longest wait.", .absent = "`30s`",
		.flags = FIELD_OWN, .max = DAY),
	FIELD(INT, "limit", RESTART(limit),
		"Restarts within the time `within`; at the next end the service stays down.",
		.absent = "no limit", .flags = FIELD_OWN, .min = 1, .max = 1000000),
	FIELD(TIME, "within", RESTART(within), "The time in which restarts are counted.",
		.absent = "`10m`", .flags = FIELD_OWN, .min = 1, .max = 30 * DAY),
};
const struct table restart_table = SECTION(restart_options, "restart",
	"What happens when a service ends. `restart: always` is short for `restart: {policy: always}`.",
	"policy", restart_fields, .check = check_restart_delays);

#define READY(m) offsetof(struct ready_options, m)
static const struct field ready_fields[] = {
	FIELD(BOOL, "notify", READY(notify),
		"It says so itself: `READY=1` on the socket that `$NOTIFY_SOCKET` names.",
		.absent = "`false`", .flags = FIELD_OWN),
	FIELD(INT, "tcp", READY(tcp),
		"A TCP port on the loopback interface of its network that accepts connections.",
		.min = 1, .max = 65535, .flags = FIELD_OWN),
	FIELD(STR, "file", READY(file), "A file of its root that appears.", .form = &form_absolute,
		.flags = FIELD_OWN),
	FIELD(STRS, "command", READY(command),
		"A program in the container that ends with status 0; tried again until it does.",
		.flags = FIELD_OWN),
	FIELD(TIME, "timeout", READY(timeout), "Not ready by then: the start has failed.",
		.absent = "`1m`", .min = 1, .max = DAY, .flags = FIELD_OWN),
};
const struct table ready_table = SECTION(ready_options, "ready",
	"How to know that a service is up, for those that name it in `after`: exactly one of `notify`, `tcp`, `file` and `command`.",
	NULL, ready_fields, .check = check_ready);

#define HEALTH(m) offsetof(struct health_options, m)
static const struct field health_fields[] = {
	FIELD(STRS, "command", HEALTH(command),
		"A program in the container that ends with status 0 when all is well.",
		.flags = FIELD_OWN),
	FIELD(STR, "http", HEALTH(http),
		"A page of its network that answers with a status from 200 to 399, as in `http://127.0.0.1:8080/health`; the host is an IPv4 address or `localhost`.",
		.form = &form_http, .flags = FIELD_OWN),
	FIELD(TIME, "interval", HEALTH(interval), "The time between two checks.", .absent = "`30s`",
		.min = 1, .max = DAY, .flags = FIELD_OWN),
	FIELD(TIME, "timeout", HEALTH(timeout), "A check that takes longer has failed.",
		.absent = "`5s`", .min = 1, .max = DAY, .flags = FIELD_OWN),
	FIELD(INT, "retries", HEALTH(retries), "Checks that fail in a row before it is unhealthy.",
		.absent = "3", .min = 1, .max = 1000, .flags = FIELD_OWN),
	FIELD(STR, "action", HEALTH(action),
		"What is done when it is unhealthy: `restart` it, `reboot` the machine, or `none`: say so.",
		.absent = "`restart`", .flags = FIELD_OWN, .form = &form_health_action),
};
const struct table health_table = SECTION(health_options, "health",
	"How a running service is watched: exactly one of `command` and `http`.", NULL,
	health_fields, .check = check_health);

#define STOP(m) offsetof(struct stop_options, m)
static const struct field stop_fields[] = {
	FIELD(STR, "signal", STOP(signal), "The signal that asks it to end, as in `SIGQUIT`.",
		.absent = "`SIGTERM`", .flags = FIELD_OWN, .form = &form_signal),
	FIELD(TIME, "grace", STOP(grace), "The time until it is killed.", .absent = "`5s`",
		.max = 3599 * 1000, .flags = FIELD_OWN),
};
const struct table stop_table = SECTION(stop_options, "stop",
	"How a container is stopped. `stop: SIGINT` is short for `stop: {signal: SIGINT}`.",
	"signal", stop_fields);

#define IO(m) offsetof(struct io_limit, m)
static const struct field io_fields[] = {
	FIELD(STR, "device", IO(device), "A block device: `MAJOR:MINOR`, or a path in `/dev`.",
		.flags = FIELD_OWN | FIELD_REQUIRED, .form = &form_block_device),
	FIELD(SIZE, "read", IO(read), "Bytes read in a second.", .absent = "no limit", .min = 1,
		.max = INT64_MAX, .flags = FIELD_OWN),
	FIELD(SIZE, "write", IO(write), "Bytes written in a second.", .absent = "no limit",
		.min = 1, .max = INT64_MAX, .flags = FIELD_OWN),
	FIELD(INT, "read_ops", IO(read_ops), "Reads in a second.", .absent = "no limit", .min = 1,
		.max = INT64_MAX, .flags = FIELD_OWN),
	FIELD(INT, "write_ops", IO(write_ops), "Writes in a second.", .absent = "no limit",
		.min = 1, .max = INT64_MAX, .flags = FIELD_OWN),
};
const struct table io_table = {
	.name = "io limit",
	.called = "an io limit",
	.doc = "What a container may read from and write to one block device. A device that is named by its path is recorded only, for now.",
	FIELDS(io_fields),
	.size = sizeof(struct io_limit),
	.pos_at = IO(at),
	.set_at = NOWHERE,
	.check = check_io,
};

#define LIMITS(m) offsetof(struct limit_options, m)
static const struct field limits_fields[] = {
	FIELD(SIZE, "memory", LIMITS(memory), "Memory, as in `64M`; at least 1M.",
		.absent = "no limit", .min = 1 << 20, .max = INT64_MAX, .flags = FIELD_OWN),
	FIELD(SIZE, "swap", LIMITS(swap), "Swap beside the memory; needs `memory`.",
		.absent = "no limit", .max = INT64_MAX, .flags = FIELD_OWN),
	FIELD(CPUS, "cpu", LIMITS(cpu), "CPUs, as in `0.5` or `50%`.", .absent = "no limit",
		.min = 10, .max = 1000000, .flags = FIELD_OWN),
	FIELD(INT, "pids", LIMITS(pids), "Processes and threads.", .absent = "no limit", .min = 1,
		.max = 4194304, .flags = FIELD_OWN),
	FIELD(INT, "io_weight", LIMITS(io_weight), "Its share of busy disks: 10 to 1000.",
		.absent = "100", .min = 10, .max = 1000, .flags = FIELD_OWN),
	FIELD(TABLES, "io", LIMITS(io), "Limits of block devices.", .absent = "none",
		.flags = FIELD_OWN | FIELD_SET, .of = &io_table),
};
const struct table limits_table = SECTION(limit_options, "limits",
	"What a container may use, in human units. They become `linux.resources`, beside what `resources` says. K, M, G and T are powers of 1024.",
	NULL, limits_fields, .check = check_limits);

#define LOG(m) offsetof(struct log_options, m)
static const struct field log_fields[] = {
	FIELD(SIZE, "size", LOG(size), "Memory that keeps its newest lines, as in `256K`.",
		.absent = "`64K`", .min = 4096, .max = 1 << 30, .flags = FIELD_OWN),
	FIELD(INT, "rate", LOG(rate), "Lines in a second; the rest is dropped and counted.",
		.absent = "no limit", .min = 1, .max = 1000000, .flags = FIELD_OWN),
	FIELD(STR, "file", LOG(file),
		"A file of the machine that gets the lines as well, with their dates; on a volume or a data disk, to outlive the machine.",
		.absent = "none", .form = &form_absolute, .flags = FIELD_OWN),
	FIELD(SIZE, "file_size", LOG(file_size),
		"A larger file is set aside as `FILE.1`, and a new one begun.", .absent = "`10M`",
		.min = 4096, .max = 1 << 30, .flags = FIELD_OWN),
	FIELD(INT, "files", LOG(files), "Files set aside that are kept, up to `FILE.N`.",
		.absent = "`4`", .min = 1, .max = 100, .flags = FIELD_OWN),
};
const struct table log_table = SECTION(log_options, "log", "What is kept of a container's output.",
	NULL, log_fields, .check = check_log);

#define LANDLOCK(m) offsetof(struct landlock_options, m)
static const struct field landlock_fields[] = {
	FIELD(STRS, "read", LANDLOCK(read), "Files and folders that it may read.", .absent = "all",
		.form = &form_absolute, .flags = FIELD_OWN),
	FIELD(STRS, "write", LANDLOCK(write), "Files and folders that it may read and change.",
		.absent = "all", .form = &form_absolute, .flags = FIELD_OWN),
	FIELD(STRS, "execute", LANDLOCK(execute),
		"Files and folders with programs that it may run.", .absent = "all",
		.form = &form_absolute, .flags = FIELD_OWN),
	FIELD(STRS, "bind", LANDLOCK(bind), "TCP ports that it may listen on.", .absent = "all",
		.flags = FIELD_OWN | FIELD_NUMBERS, .form = &form_port),
	FIELD(STRS, "connect", LANDLOCK(connect), "TCP ports that it may connect to.",
		.absent = "all", .flags = FIELD_OWN | FIELD_NUMBERS, .form = &form_port),
};
const struct table landlock_table = SECTION(landlock_options, "landlock",
	"What the kernel's Landlock leaves a container of what its user may do. An empty list leaves nothing of that kind. "
	"`write` needs Linux 6.2, `bind` and `connect` 6.7; on an older kernel the container does not start. "
	"What `svc exec` runs has its user's rights alone.",
	NULL, landlock_fields);

#define AT(m) offsetof(struct service_options, m)
static const struct field service_fields[] = {
	FIELD(TABLE, "restart", AT(restart), "Services only: what happens when it ends.",
		.absent = "`always`; in a LinuxKit file `never`", .flags = FIELD_OWN,
		.of = &restart_table),
	FIELD(STRS, "after", AT(after),
		"Services only: it starts when these services are ready, or have ended.",
		.absent = "at once", .flags = FIELD_OWN, .form = &form_name),
	FIELD(STRS, "requires", AT(requires),
		"Services only: as `after`, and it does not run without these services.",
		.absent = "none", .flags = FIELD_OWN, .form = &form_name),
	FIELD(TABLE, "ready", AT(ready), "Services only: how to know that it is up.",
		.absent = "ready when its program runs", .flags = FIELD_OWN, .of = &ready_table),
	FIELD(TABLE, "health", AT(health), "Services only: how it is watched.",
		.absent = "not at all", .flags = FIELD_OWN, .of = &health_table),
	FIELD(TIME, "healthy_after", AT(healthy_after),
		"Services only: after so long of running, ready, its restarts wait from `delay` on again.",
		.absent = "`10s`", .flags = FIELD_OWN, .max = DAY),
	FIELD(TABLE, "stop", AT(stop), "How it is stopped.", .absent = "`SIGTERM`, then 5 seconds",
		.flags = FIELD_OWN, .of = &stop_table),
	FIELD(TIME, "timeout", AT(timeout),
		"Containers of onboot and onshutdown only: one that runs longer is killed, and has failed.",
		.absent = "no limit", .flags = FIELD_OWN, .min = 1, .max = DAY),
	FIELD(STR, "on_failure", AT(on_failure),
		"Containers of onboot only: when it has failed, `continue` with the boot, `fail`: stop it at a rescue console, or `reboot`.",
		.absent = "the boot continues", .flags = FIELD_OWN, .form = &form_on_failure),
	FIELD(STR, "seccomp", AT(seccomp),
		"Which system calls it may make: `default`, `unconfined` (all), or a profile: a JSON file in OCI's or Docker's form, from the folder of this file.",
		.absent = "`default`; in a LinuxKit file `unconfined`", .flags = FIELD_OWN,
		.form = &form_seccomp),
	FIELD(TABLE, "limits", AT(limits), "What it may use, in human units.", .absent = "no limit",
		.flags = FIELD_OWN, .of = &limits_table),
	FIELD(TABLE, "log", AT(log), "What is kept of its output.", .absent = "the newest 64 KiB",
		.flags = FIELD_OWN, .of = &log_table),
	FIELD(TABLE, "landlock", AT(landlock), "What Landlock leaves it.", .absent = "everything",
		.flags = FIELD_OWN, .of = &landlock_table),
};
const struct table service_table = {
	.name = "setting",
	.called = "a container",
	.doc = "Slipway's own keys of a container. They travel as annotations of config.json: `io.slipway.KEY`, and `io.slipway.KEY.PART` for each part of a map (docs/svc-protocol.md).",
	FIELDS(service_fields),
	.size = sizeof(struct service_options),
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
};
