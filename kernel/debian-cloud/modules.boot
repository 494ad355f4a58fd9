# What finding and mounting the root needs, wherever the medium turns up. Goes into the initrd.
# NVMe, virtio_pci and ext4 are built into this kernel; it has no USB storage.

# the root itself; init loads loop and squashfs by name, all others by what it finds
loop
squashfs
erofs
dm_verity

# disks
virtio_blk
virtio_scsi
sd_mod
ahci
ata_piix
ata_generic

# the firmware's variables, where the log of a boot that has failed is kept
efi_pstore

# machines without PCI: QEMU's microvm, Firecracker
virtio_mmio

# CDs
sr_mod

# disks of Hyper-V, Xen and VMware
hv_storvsc
xen_blkfront
vmw_pvscsi [amd64]
