runtime-lib-src := \
	system-runtime/common/error.c \
	system-runtime/common/file.c \
	system-runtime/common/mem.c \
	system-runtime/common/sys.c \
	system-runtime/json/decode.c \
	system-runtime/json/document.c \
	system-runtime/json/write.c \
	system-runtime/oci/check.c \
	system-runtime/oci/check_linux.c \
	system-runtime/oci/features.c \
	system-runtime/oci/fields.c \
	system-runtime/oci/fields_linux.c \
	system-runtime/oci/mount_options.c \
	system-runtime/oci/names.c \
	system-runtime/oci/seccomp.c

runtime-src += $(runtime-lib-src) \
	system-runtime/cli/cmd_container.c \
	system-runtime/cli/cmd_events.c \
	system-runtime/cli/cmd_exec.c \
	system-runtime/cli/cmd_list.c \
	system-runtime/cli/cmd_manage.c \
	system-runtime/cli/cmd_spec.c \
	system-runtime/cli/foreground.c \
	system-runtime/cli/main.c \
	system-runtime/cli/options.c \
	system-runtime/cli/sealed.c \
	system-runtime/common/pump.c \
	system-runtime/common/sha256.c \
	system-runtime/container/additions.c \
	system-runtime/container/attend.c \
	system-runtime/container/cgroup.c \
	system-runtime/container/cgroup_delegate.c \
	system-runtime/container/cgroup_devices.c \
	system-runtime/container/cgroup_limit.c \
	system-runtime/container/child.c \
	system-runtime/container/confine.c \
	system-runtime/container/copy_up.c \
	system-runtime/container/create.c \
	system-runtime/container/credentials.c \
	system-runtime/container/delete.c \
	system-runtime/container/devices.c \
	system-runtime/container/exec.c \
	system-runtime/container/exec_process.c \
	system-runtime/container/handover.c \
	system-runtime/container/hooks.c \
	system-runtime/container/id_maps.c \
	system-runtime/container/label.c \
	system-runtime/container/manage.c \
	system-runtime/container/mounts_attach.c \
	system-runtime/container/mounts_idmap.c \
	system-runtime/container/mounts_make.c \
	system-runtime/container/namespaces.c \
	system-runtime/container/net_devices.c \
	system-runtime/container/policy.c \
	system-runtime/container/process.c \
	system-runtime/container/protect.c \
	system-runtime/container/rootfs.c \
	system-runtime/container/spawn.c \
	system-runtime/container/start.c \
	system-runtime/container/stats.c \
	system-runtime/container/sync.c \
	system-runtime/container/terminal.c \
	system-runtime/seccomp/cache.c \
	system-runtime/seccomp/compile.c \
	system-runtime/seccomp/load.c \
	system-runtime/state/state.c \
	system-runtime/supervise/adopt.c \
	system-runtime/supervise/backoff.c \
	system-runtime/supervise/console.c \
	system-runtime/supervise/end.c \
	system-runtime/supervise/health.c \
	system-runtime/supervise/launch.c \
	system-runtime/supervise/listen.c \
	system-runtime/supervise/log_file.c \
	system-runtime/supervise/log_writer.c \
	system-runtime/supervise/loop.c \
	system-runtime/supervise/main.c \
	system-runtime/supervise/notify.c \
	system-runtime/supervise/order.c \
	system-runtime/supervise/output.c \
	system-runtime/supervise/phase.c \
	system-runtime/supervise/prepare.c \
	system-runtime/supervise/probe.c \
	system-runtime/supervise/request.c \
	system-runtime/supervise/request_decode.c \
	system-runtime/supervise/request_exec.c \
	system-runtime/supervise/request_last.c \
	system-runtime/supervise/request_logs.c \
	system-runtime/supervise/request_show.c \
	system-runtime/supervise/ring.c \
	system-runtime/supervise/ring_lines.c \
	system-runtime/supervise/ring_write.c \
	system-runtime/supervise/runtime_json.c \
	system-runtime/supervise/settings.c \
	system-runtime/supervise/socket.c \
	system-runtime/supervise/stop.c \
	system-runtime/supervise/timer.c \
	system-runtime/supervise/unit.c \
	system-runtime/supervise/unit_cgroup.c \
	system-runtime/supervise/units.c \
	system-runtime/supervise/volumes.c

svc-src += \
	system-runtime/cli/options.c \
	system-runtime/common/error.c \
	system-runtime/common/file.c \
	system-runtime/common/mem.c \
	system-runtime/common/pump.c \
	system-runtime/common/sys.c \
	system-runtime/json/decode.c \
	system-runtime/json/document.c \
	system-runtime/json/write.c \
	system-runtime/svc/boot.c \
	system-runtime/svc/boot_svg.c \
	system-runtime/svc/main.c \
	system-runtime/svc/print.c \
	system-runtime/svc/session.c \
	system-runtime/svc/top.c \
	system-runtime/svc/verbs.c \
	system-runtime/svc/when.c

# The parsers, for the host's unit tests and fuzzers.
slipway-src += $(runtime-lib-src) \
	system-runtime/common/sha256.c \
	system-runtime/seccomp/compile.c \
	system-runtime/supervise/backoff.c \
	system-runtime/supervise/order.c \
	system-runtime/supervise/request_decode.c \
	system-runtime/supervise/ring.c \
	system-runtime/supervise/ring_lines.c \
	system-runtime/supervise/ring_write.c \
	system-runtime/supervise/runtime_json.c \
	system-runtime/supervise/settings.c \
	system-runtime/supervise/timer.c
unit-tests += \
	tests/unit/runtime_order_test.c \
	tests/unit/runtime_ring_killed_test.c \
	tests/unit/runtime_ring_test.c \
	tests/unit/runtime_sha256_test.c \
	tests/unit/runtime_spec_test.c \
	tests/unit/runtime_timing_test.c
