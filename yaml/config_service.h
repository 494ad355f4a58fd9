/*
 * Slipway's own keys of a container. Times are in milliseconds, sizes in bytes, CPUs in
 * thousandths. yaml/config.h includes this; the tables are in yaml/fields_service.c.
 */
#ifndef YAML_CONFIG_SERVICE_H
#define YAML_CONFIG_SERVICE_H

#include "yaml/config_values.h"

struct restart_options {
	struct y_str policy; /* always | on-failure | never */
	struct y_int delay, max_delay, limit, within;
	bool set;
	struct pos at;
};

/* Exactly one of notify, tcp, file, command. */
struct ready_options {
	struct y_bool notify;
	struct y_int tcp;
	struct y_str file;
	struct y_list command;
	struct y_int timeout;
	bool set;
	struct pos at;
};

/* Exactly one of command, http. */
struct health_options {
	struct y_list command;
	struct y_str http;
	struct y_int interval, timeout, retries;
	struct y_str action; /* restart | reboot | none */
	bool set;
	struct pos at;
};

struct stop_options {
	struct y_str signal;
	struct y_int grace;
	bool set;
	struct pos at;
};

struct io_limit {
	struct y_str device; /* MAJOR:MINOR, or a path in the machine's /dev */
	struct y_int read, write, read_ops, write_ops;
	struct pos at;
};
struct io_limits {
	struct io_limit *items;
	size_t len;
	bool set;
	struct pos at;
};

struct limit_options {
	struct y_int memory, swap, cpu, pids, io_weight;
	struct io_limits io;
	bool set;
	struct pos at;
};

struct log_options {
	struct y_int size, rate;
	struct y_str file;
	struct y_int file_size, files;
	bool set;
	struct pos at;
};

struct landlock_options {
	struct y_list read, write, execute, bind, connect;
	bool set;
	struct pos at;
};

/* At the top of the file. */
struct disk_data {
	struct y_int size;
	struct y_bool grow;
	struct y_str label, filesystem, mount;
	bool set;
	struct pos at;
};
struct disk_item {
	struct y_int esp, slots, slot;
	struct y_bool verity;
	struct disk_data data;
	bool set;
	struct pos at;
};
struct verify_item {
	struct y_list images;
	struct y_str key;
	struct pos at;
};
struct sign_item {
	struct y_str certificate, key;
	struct y_list command;
	bool set;
	struct pos at;
};
struct verify_items {
	struct verify_item *items;
	size_t len;
};

struct service_options {
	struct restart_options restart;
	struct y_list after, requires;
	struct ready_options ready;
	struct health_options health;
	struct y_int healthy_after;
	struct stop_options stop;
	struct y_int timeout;
	struct y_str on_failure; /* continue | fail | reboot */
	struct y_str seccomp;	 /* default | unconfined | a file */
	struct limit_options limits;
	struct log_options log;
	struct landlock_options landlock;
};

#endif
