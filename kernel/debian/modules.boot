# What finding and mounting the root needs, wherever the medium turns up. Goes into the initrd.

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

# disks of bare metal: NVMe, USB sticks and bridges, RAID controllers, memory cards
nvme
usb_storage
uas
xhci_pci
xhci_plat_hcd
ehci_pci
megaraid_sas
mpt3sas
smartpqi
hpsa
mmc_block
sdhci_pci
sdhci_acpi
sdhci_iproc [arm64]
bcm2835 [arm64]
pcie_brcmstb [arm64]

# a keyboard for the rescue shell
usbhid
hid_generic
