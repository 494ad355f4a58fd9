# Finding and mounting the root, wherever the medium turns up: built in, all of it; named so that the build of an image
# knows that it is there.
loop
squashfs
erofs
dm_verity
virtio_blk
virtio_scsi
virtio_mmio
sd_mod
sr_mod
nvme
ahci
ata_piix [amd64]
ata_generic [amd64]
efi_pstore
hv_storvsc [amd64]
xen_blkfront [amd64]
vmw_pvscsi [amd64]
xhci_pci
usb_storage
uas
