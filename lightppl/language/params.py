"""The parameter store: values of `param` statements by name, kept for the whole process.

Inference passes parameters explicitly; the store is for who wants to keep, save or preset them.  A
value in the store wins over the initial value of a `param` statement.
"""

import zipfile

import numpy as np


class ParamStore(dict):
    """Parameter values by name: a dict that can be saved and loaded.

    Values are stored as they appear in models, constrained to their support.

    Examples
    --------
    >>> store = ParamStore(loc=np.zeros(2))
    >>> store["scale"] = 1.5
    >>> sorted(store)
    ['loc', 'scale']
    """

    def save(self, path):
        """Write all values to an ``.npz`` file, readable by `numpy.load`; nothing is pickled.

        Parameters
        ----------
        path : str or path-like
        """
        # numpy.savez takes names as keyword arguments, where "file" and the like would clash.
        with zipfile.ZipFile(path, "w") as archive:
            for name, value in self.items():
                array = np.asarray(value)
                if array.dtype.hasobject:
                    raise TypeError(
                        f"Parameter {name!r} holds Python objects; only arrays of numbers "
                        "can be saved."
                    )
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)

    def load(self, path):
        """Add all values of an ``.npz`` file to the store, replacing those of the same name.

        Parameters
        ----------
        path : str or path-like
        """
        with np.load(path, allow_pickle=False) as archive:
            self.update({name: archive[name] for name in archive.files})


_store = ParamStore()


def get_param_store():
    """Return the parameter store of this process.

    Examples
    --------
    >>> import lightppl as lp
    >>> get_param_store()["w"] = 2.0
    >>> float(lp.param("w", 0.0))
    2.0
    >>> clear_param_store()
    """
    return _store


def clear_param_store():
    """Forget all parameters."""
    _store.clear()
