/* What a pack's parts are called. */
#ifndef LOCK_PACK_IMPL_H
#define LOCK_PACK_IMPL_H

#include "mkimage/lock/pack.h"

#define PACK_ARTIFACT "application/vnd.slipway.bundle.v1+json"
#define PACK_CONFIG   "application/vnd.slipway.bundle.config.v1+yaml"
#define PACK_LOCK     "application/vnd.slipway.bundle.lock.v1+yaml"
#define PACK_FILE     "application/vnd.slipway.bundle.file.v1"
#define PACK_TITLE    "org.opencontainers.image.title"

/* A path that stays in the folder that it is meant for; on any system. */
bool pack_path_is_safe(const char *path);

#endif
