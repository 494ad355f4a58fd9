# What finding and mounting the root needs, wherever the medium turns up. Goes into the initrd.

# the root itself; init loads loop and squashfs by name, all others by what it finds
loop
squashfs
erofs
dm_verity

# the card: of a Pi 3, of a Pi 3 and 4; Debian's kernel has no driver for that of a Pi 5
mmc_block
bcm2835
sdhci_iproc

# USB sticks, which a Pi 3 has behind dwc2 and a Pi 4 behind PCI
dwc2
pcie_brcmstb
reset_raspberrypi
xhci_pci
usb_storage
uas
sd_mod
