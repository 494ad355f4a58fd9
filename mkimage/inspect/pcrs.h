/*
 * What the machine's TPM will have measured when an image has booted under UEFI, in its SHA-256
 * bank: PCR 4 (boot loaders), 7 (Secure Boot), 9 (initrd and command line) and 11 (the UKI). After
 * TCG's PC Client Platform Firmware Profile 1.05, systemd-stub(7) and Linux's EFI stub.
 */
#ifndef INSPECT_PCRS_H
#define INSPECT_PCRS_H

#include "mkimage/inspect/inspect.h"

struct pcr_event {
	unsigned pcr;
	const char *what; /* in words */
	struct digest digest;
};

struct pcr_events {
	struct pcr_event *items;
	size_t len, cap;
};

/*
 * The events in their order. keys: a folder of `slipway keys`, whose lists the firmware has, with
 * Secure Boot on; NULL: Secure Boot is off, and PCR 7 is not told. PCR 11 is told for the stub of
 * systemd 252.
 */
CHECK int inspect_pcrs(
	const struct inspected *i, const char *keys, struct pcr_events *out, struct diags *d);

/* What a PCR holds after its events; false: there are none. */
bool pcr_value(const struct pcr_events *e, unsigned pcr, struct digest *out);

#endif
