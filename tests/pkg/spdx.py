"""What SPDX 2.3 asks of a document in JSON (spdx.github.io/spdx-spec/v2.3), as far as ours use it."""

import re

ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
LICENCE = re.compile(r"[A-Za-z0-9.-]+\+?")
PURPOSES = {"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING-SYSTEM", "DEVICE", "FIRMWARE", "SOURCE",
            "ARCHIVE", "FILE", "INSTALL", "OTHER"}
RELATIONS = {"DESCRIBES", "CONTAINS", "STATIC_LINK"}


def licence(text, refs):
    """Annex D: names joined by AND, OR and WITH, with brackets."""
    words = re.findall(r"[()]|[^\s()]+", text)
    at = 0

    def operand():
        nonlocal at
        assert at < len(words), text
        word = words[at]
        at += 1
        if word == "(":
            expression()
            assert at < len(words) and words[at] == ")", text
            at += 1
            return
        assert LICENCE.fullmatch(word) and word not in ("AND", "OR", "WITH"), text
        assert not word.startswith("LicenseRef-") or word in refs, f"{word} is nowhere"
        if at < len(words) and words[at] == "WITH":
            at += 2
            assert "exception" in words[at - 1] or "note" in words[at - 1], text

    def expression():
        nonlocal at
        operand()
        while at < len(words) and words[at] in ("AND", "OR"):
            at += 1
            operand()

    expression()
    assert at == len(words), text


def checksums(element, wanted):
    sums = {c["algorithm"]: c["checksumValue"] for c in element["checksums"]}
    assert wanted <= set(sums)
    for name, value in sums.items():
        assert re.fullmatch("[0-9a-f]{%d}" % {"SHA1": 40, "SHA256": 64}[name], value)


def package(p, refs):
    assert p["name"] and p["downloadLocation"]
    licence(p["licenseDeclared"], refs | {"NOASSERTION"})
    assert p["filesAnalyzed"] == ("packageVerificationCode" in p)
    if "primaryPackagePurpose" in p:
        assert p["primaryPackagePurpose"] in PURPOSES
    for who in ("supplier", "originator"):
        assert re.match(r"(Person|Organization): .", p.get(who, "Person: x"))
    if "checksums" in p:
        checksums(p, {"SHA256"})
    for ref in p.get("externalRefs", []):
        assert ref["referenceCategory"] == "PACKAGE-MANAGER" and ref["referenceType"] == "purl"
        assert re.fullmatch(r"pkg:[a-z]+/[A-Za-z0-9./%_~-]+@[A-Za-z0-9.%_~-]+(\?[a-z0-9=&]+)?", ref["referenceLocator"])


def validate(doc):
    """Gives the packages by name. An AssertionError says what is wrong."""
    assert doc["spdxVersion"] == "SPDX-2.3" and doc["dataLicense"] == "CC0-1.0"
    assert doc["SPDXID"] == "SPDXRef-DOCUMENT" and doc["name"]
    assert re.fullmatch(r"https://[^#\s]+", doc["documentNamespace"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", doc["creationInfo"]["created"])
    assert all(re.match("(Tool|Person|Organization): .", c) for c in doc["creationInfo"]["creators"])
    refs = {x["licenseId"] for x in doc.get("hasExtractedLicensingInfos", [])}
    assert all(re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", r) for r in refs)
    assert all(x["extractedText"] for x in doc.get("hasExtractedLicensingInfos", []))
    elements = doc["packages"] + doc.get("files", [])
    ids = [e["SPDXID"] for e in elements]
    assert all(ID.fullmatch(i) for i in ids)
    assert len(set(ids)) == len(ids)
    for p in doc["packages"]:
        package(p, refs)
    for f in doc.get("files", []):
        assert f["fileName"].startswith("./")
        checksums(f, {"SHA1", "SHA256"})
    analysed = {p["SPDXID"] for p in doc["packages"] if p["filesAnalyzed"]}
    reached = {"SPDXRef-DOCUMENT"}
    files = {f["SPDXID"] for f in doc.get("files", [])}
    relations = [(r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]) for r in doc["relationships"]]
    assert len(set(relations)) == len(relations)
    for source, kind, target in relations:
        assert kind in RELATIONS and target in ids and source in ids + ["SPDXRef-DOCUMENT"]
        assert target not in files or source in analysed
    assert [k for _, k, _ in relations].count("DESCRIBES") == 1
    # Everything is part of what is described.
    while more := {t for s, _, t in relations if s in reached} - reached:
        reached |= more
    assert reached - {"SPDXRef-DOCUMENT"} == set(ids)
    return {p["name"]: p for p in doc["packages"]}
