/*
 * The registry: FEEDER(name) for every input language. The replay program, the fuzzers and the
 * lists in CI come from here, so that they cannot drift. A feeder lives in the folder tests/fuzz,
 * its seeds in tests/fuzz/corpus/NAME/.
 */
FEEDER(uki_stub)
FEEDER(cmdline)
FEEDER(gpt)
FEEDER(modules)
FEEDER(modules_dep)
FEEDER(tree)
FEEDER(index)
FEEDER(image_config)
FEEDER(layer)
FEEDER(layer_index)
FEEDER(manifest)
FEEDER(reference)
FEEDER(oci_config)
FEEDER(runtime_json)
FEEDER(seccomp)
FEEDER(seccomp_profile)
FEEDER(svc_request)
FEEDER(yaml)
FEEDER(deb)
FEEDER(elf)
FEEDER(recipe)
FEEDER(lock)
