# Finding and mounting the root: built in, all of it.
loop
squashfs
dm_verity
mmc_block
sd_mod
usb_storage
