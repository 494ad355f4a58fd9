/* The one place that says which Slipway this is. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define SLIPWAY_VERSION "0.1.0"

#endif
