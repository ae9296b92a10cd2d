import numpy as np

from lightppl.diagnostics import count_divergences, count_tree_depth_hits


def test_divergences_are_counted_for_each_chain():
    diverging = np.zeros((3, 10), dtype=bool)
    diverging[1, [2, 5]] = True
    assert count_divergences(diverging).tolist() == [0, 2, 0]


def test_depth_and_number_of_steps_tell_the_same():
    depth = np.array([[1, 2, 5, 5], [3, 3, 4, 5]])
    hits = count_tree_depth_hits(5, tree_depth=depth)
    assert hits.tolist() == [2, 1]
    assert count_tree_depth_hits(5, num_steps=2**depth - 1).tolist() == [2, 1]


def test_the_limit_of_sampling_is_the_second_of_two():
    assert count_tree_depth_hits((10, 2), tree_depth=np.array([[1, 2, 2]])).tolist() == [2]
