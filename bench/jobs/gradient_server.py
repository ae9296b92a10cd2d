"""What the gradient jobs share: they wait for orders, so that libraries can be timed in turn.

An order is a line of JSON on standard input, the answer a line on standard output:

    {"prepare": name, "data": path, "point": {site: array}}  ->  {"seconds", "gradient"}
    {"times": number}                                        ->  {"seconds"}
"""

import json
import sys
import time

import numpy as np
from gradient_data import load


def serve(prepare):
    """Answer orders until standard input ends.

    Parameters
    ----------
    prepare : callable
        ``prepare(name, data, point) -> (repeat, seconds, gradient)``: ``repeat(times)`` evaluates
        value and gradient so often, `seconds` is what compilation took, `gradient` is that of the
        potential at the unconstrained point, by site.
    """
    repeat = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if "prepare" in order:
                repeat = None  # the last model may be large
                point = {site: np.array(x) for site, x in order["point"].items()}
                repeat, seconds, gradient = prepare(order["prepare"], load(order["data"]), point)
                gradient = {site: np.ravel(x).tolist() for site, x in gradient.items()}
                answer = {"seconds": seconds, "gradient": gradient}
            else:
                start = time.process_time()
                repeat(order["times"])
                answer = {"seconds": time.process_time() - start}
        except Exception as error:  # a row of the table says so
            answer = {"error": f"{type(error).__name__}: {error}".split("\n")[0][:300]}
        print("JSON " + json.dumps(answer), flush=True)
