slipway-src += \
	yaml/check_console.c \
	yaml/check_item.c \
	yaml/check_names.c \
	yaml/check_order.c \
	yaml/check_references.c \
	yaml/check_service.c \
	yaml/compose_files.c \
	yaml/compose_merge.c \
	yaml/compose_override.c \
	yaml/config_parse.c \
	yaml/field_find.c \
	yaml/fields_config.c \
	yaml/fields_image.c \
	yaml/fields_resources.c \
	yaml/fields_runtime.c \
	yaml/fields_service.c \
	yaml/fields_system.c \
	yaml/form_names.c \
	yaml/form_paths.c \
	yaml/form_service.c \
	yaml/form_words.c \
	yaml/migrate.c \
	yaml/node_map.c \
	yaml/node_parse.c \
	yaml/node_syntax.c \
	yaml/node_tag.c \
	yaml/node_text.c \
	yaml/read_list.c \
	yaml/read_quantity.c \
	yaml/read_scalar.c \
	yaml/read_table.c \
	yaml/reader.c \
	yaml/reference.c \
	yaml/scalar.c \
	yaml/schema.c \
	yaml/variables_explain.c \
	yaml/variables_replace.c \
	yaml/variables_set.c
unit-tests += \
	tests/unit/yaml_compose_test.c \
	tests/unit/yaml_config_test.c \
	tests/unit/yaml_node_test.c
