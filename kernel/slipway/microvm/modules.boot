# Finding and mounting the root: built in, all of it; named so that the build of an image knows that it is there.
loop
squashfs
dm_verity
virtio_mmio
virtio_blk
