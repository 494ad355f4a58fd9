/* Host name, loopback, limits, kernel settings: what makes the machine itself. */
#ifndef INIT_IDENTITY_H
#define INIT_IDENTITY_H

/* /etc/hostname, else what the kernel was told (hostname=), else "slipway-" and the last six digits
 * of the first Ethernet address. Again when drivers are there: the card
 * may not have been. */
void identity_hostname(void);
/* Brings lo up. */
void identity_loopback(void);
/* RLIMIT_NOFILE 1048576 for all that follows; the kernel's helper for modules; PID 1 is never the
 * one that is killed for memory; no transparent huge pages below 4 GB, unless the kernel was told
 * about them (transparent_hugepage=). */
void identity_limits(void);

#endif
