"""Is attention worth it here: candidates of equal size, trained alike, judged on the same samples.

    material       data                 -> three sets without a common sample
    sizing         what a sample is     -> five candidates with the same multiply-accumulates
    pace           a budget             -> how many epochs all of them get
    fit            a candidate          -> its weights
    export         its weights          -> an int8 file, through the same path as `edgeattn convert`
    timing         the int8 files       -> their latencies, in turn
    comparison     what each got right  -> intervals
    verdict        all of that          -> one sentence

`edgeattn.audit.audit.audit` is the straight line.
"""
