"""Where the names of this package are: for editors, and for `names_when_used`."""

from lightppl.language.relations import (
    get_dependencies as get_dependencies,
    get_model_relations as get_model_relations,
)
from lightppl.plotting.model_graph import render_model as render_model
