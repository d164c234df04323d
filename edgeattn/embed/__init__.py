"""A bundle -> source code that an app builds: the model, typed pre- and post-processing, proof.

    embed.py       what `edgeattn embed` calls
    kit.py         what every kit needs of a bundle, told by its manifest alone
    identifiers.py a bundle's name in the spelling of each language
    vectors.py     golden vectors as plain files
    source.py      templates -> files
    place.py       files -> a folder, whole or not at all
    phone.py       what the kits of both kinds of phones share
    coreml.py      the float model as Core ML reads it
    cpp.py, ...    one generator for each target

Templates are files under templates/TARGET; their place there is their place in the kit.
"""
