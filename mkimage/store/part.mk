slipway-src += \
	mkimage/store/archive.c \
	mkimage/store/blob_in.c \
	mkimage/store/decode.c \
	mkimage/store/digest_set.c \
	mkimage/store/export.c \
	mkimage/store/export_write.c \
	mkimage/store/gc.c \
	mkimage/store/gc_links.c \
	mkimage/store/gc_mark.c \
	mkimage/store/image_config.c \
	mkimage/store/import.c \
	mkimage/store/import_copy.c \
	mkimage/store/import_docker.c \
	mkimage/store/layout_open.c \
	mkimage/store/layout_read.c \
	mkimage/store/layout_text.c \
	mkimage/store/lease.c \
	mkimage/store/manifest.c \
	mkimage/store/near_names.c \
	mkimage/store/platform.c \
	mkimage/store/reference.c \
	mkimage/store/referrer.c \
	mkimage/store/store_blob.c \
	mkimage/store/store_image.c \
	mkimage/store/store_index.c \
	mkimage/store/store_layout.c \
	mkimage/store/store_open.c \
	mkimage/store/tar_header.c \
	mkimage/store/tar_pax.c \
	mkimage/store/tar_read.c \
	mkimage/store/tar_sparse.c \
	mkimage/store/tar_stream.c \
	mkimage/store/tmp_file.c \
	mkimage/store/verify.c
unit-tests += \
	tests/unit/decode_limit_test.c \
	tests/unit/store_blob_test.c \
	tests/unit/store_import_test.c \
	tests/unit/store_reference_test.c
