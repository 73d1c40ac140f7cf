"""Correspondences between local features, and how many of them agree on one similarity."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

_MOST = 4096


def _factorials() -> npt.NDArray[np.float64]:
    return np.array([math.lgamma(n + 1) / math.log(10) for n in range(_MOST + 1)])


LOG_FACTORIALS = _factorials()
"""log10(n!) for n from 0 to 4096."""


@numba.njit(cache=True)
def mutual(
    products: npt.NDArray[np.float32],
    left_norms: npt.NDArray[np.float64],
    right_norms: npt.NDArray[np.float64],
    bounds: npt.NDArray[np.int64],
    least: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Pairs of features that are each other's best within their picture, with a cosine of at least ``least``.

    Parameters:
        products: (Q, N) float32, integer dot products of uint8 descriptors (exact below 2**24).
        left_norms: (Q,) Euclidean norms of the query's descriptors.
        right_norms: (N,) of the searched descriptors.
        bounds: (P + 1,) where each searched picture's rows begin and end.
        least: the smallest cosine.

    Returns:
        Four arrays (M,): picture number, query feature, searched feature (a row of N), cosine; ordered by picture and
        query feature. Of equal bests the first counts, so that the result does not depend on the machine.
    """
    queries = products.shape[0]
    room = bounds[-1] - bounds[0]  # a searched feature is in one pair at most
    pictures = np.empty(room, np.int64)
    lefts = np.empty(room, np.int64)
    rights = np.empty(room, np.int64)
    cosines = np.empty(room, np.float64)
    size = 0
    best_left = np.empty(queries, np.int64)
    best_cosine = np.empty(queries, np.float64)
    for picture in range(bounds.shape[0] - 1):
        start, stop = bounds[picture], bounds[picture + 1]
        best_right = np.full(stop - start, -1, np.int64)
        right_cosine = np.full(stop - start, -1.0)
        for query in range(queries):
            floor = least * left_norms[query]
            best_left[query] = -1
            best_cosine[query] = -1.0
            for row in range(start, stop):
                if products[query, row] < floor * right_norms[row]:
                    continue
                cosine = products[query, row] / (left_norms[query] * right_norms[row])
                if cosine > best_cosine[query]:
                    best_cosine[query] = cosine
                    best_left[query] = row - start
                if cosine > right_cosine[row - start]:
                    right_cosine[row - start] = cosine
                    best_right[row - start] = query
        for query in range(queries):
            row = best_left[query]
            if row < 0 or best_right[row] != query:
                continue
            pictures[size] = picture
            lefts[size] = query
            rights[size] = start + row
            cosines[size] = best_cosine[query]
            size += 1
    return pictures[:size].copy(), lefts[:size].copy(), rights[:size].copy(), cosines[:size].copy()


@numba.njit(cache=True)
def distinct(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], apart: float) -> npt.NDArray[np.int64]:
    """Correspondences at places of their own: one point with two orientations is one piece of evidence.

    Parameters:
        left, right: (n, 4) frames; x and y in pixels come first.
        apart: in pixels; a correspondence nearer than this to an earlier one, in both pictures, is left out.

    Returns:
        Numbers of those kept (m,), ascending.
    """
    keep = np.empty(left.shape[0], np.int64)
    size = 0
    for index in range(left.shape[0]):
        own = True
        for earlier in keep[:size]:
            if (
                abs(left[index, 0] - left[earlier, 0]) < apart
                and abs(left[index, 1] - left[earlier, 1]) < apart
                and abs(right[index, 0] - right[earlier, 0]) < apart
                and abs(right[index, 1] - right[earlier, 1]) < apart
            ):
                own = False
                break
        if own:
            keep[size] = index
            size += 1
    return keep[:size].copy()


@numba.njit(cache=True)
def fewest_alarms(
    shares: npt.NDArray[np.float64], total: int, sample: int, gate: float, log_factorials: npt.NDArray[np.float64]
) -> tuple[float, int]:
    """The smallest log10 number of false alarms over all cut-offs, and how many correspondences lie within it.

    Moisan, Moulon and Monasse, "Automatic homographic registration of a pair of images, with a contrario elimination
    of outliers", IPOL 2012: NFA(k) = (n - s) C(n, k) C(k, s) (gate * share_k)^(k - s).

    Parameters:
        shares: (K,) ascending; the share of the frame that lies within each correspondence's error.
        total: n, all correspondences of the pair.
        sample: s, how many define the transform.
        gate: the chance that a random correspondence passes the tests of angle and scale.
        log_factorials: log10(n!).
    """
    best = 1e9
    best_count = 0
    if total <= sample:
        return best, best_count
    for index in range(sample, shares.shape[0]):
        count = index + 1
        tests = math.log10(total - sample)
        tests += log_factorials[total] - log_factorials[count] - log_factorials[total - count]
        tests += log_factorials[count] - log_factorials[sample] - log_factorials[count - sample]
        alarms = tests + (count - sample) * math.log10(min(1.0, gate * shares[index]))
        if alarms < best:
            best = alarms
            best_count = count
    return best, best_count


@numba.njit(cache=True)
def similarity_consensus(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    left_area: float,
    right_area: float,
    least_error: float,
    angle_limit: float,
    scale_limit: float,
    gate: float,
    log_factorials: npt.NDArray[np.float64],
) -> tuple[float, int, npt.NDArray[np.float64]]:
    """The similarity, proposed by one correspondence's two frames, on which the others agree with fewest false alarms.

    Parameters:
        left: (n, 4) frames in the original: x, y, scale in pixels, angle in radians.
        right: (n, 4) the corresponding frames in the media.
        left_area, right_area: areas of the two pictures in square pixels.
        least_error: the smallest error counted, in pixels of the media.
        angle_limit: the largest difference of turning, in radians.
        scale_limit: the largest difference of the natural logarithm of scale.
        gate: the chance that a random correspondence passes those two.
        log_factorials: log10(n!).

    Returns:
        log10 of the number of false alarms, the number that agree, and scale, turning, shift x, shift y (4,).
    """
    total = left.shape[0]
    best = 1e9
    best_count = 0
    model = np.zeros(4)
    shares = np.empty(total)
    turn = 2.0 * math.pi
    turned, grown = np.empty(total), np.empty(total)
    for row in range(total):
        turned[row] = (right[row, 3] - left[row, 3]) % turn
        grown[row] = math.log(right[row, 2] / left[row, 2])
    for seed in range(total):
        scale = right[seed, 2] / left[seed, 2]
        angle = right[seed, 3] - left[seed, 3]
        cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
        shift_x = right[seed, 0] - (cosine * left[seed, 0] - sine * left[seed, 1])
        shift_y = right[seed, 1] - (sine * left[seed, 0] + cosine * left[seed, 1])
        size = 0
        for other in range(total):
            lean = abs(turned[other] - turned[seed])
            if min(lean, turn - lean) > angle_limit or abs(grown[other] - grown[seed]) > scale_limit:
                continue
            off_x = cosine * left[other, 0] - sine * left[other, 1] + shift_x - right[other, 0]
            off_y = sine * left[other, 0] + cosine * left[other, 1] + shift_y - right[other, 1]
            error = max(least_error * least_error, off_x * off_x + off_y * off_y)
            shares[size] = math.pi * error * max(1.0 / right_area, 1.0 / (scale * scale * left_area))
            size += 1
        if size < 3:  # noqa: PLR2004 - the proposer and two that agree
            continue
        alarms, count = fewest_alarms(np.sort(shares[:size]), total, 1, gate, log_factorials)
        if alarms < best:
            best = alarms
            best_count = count
            model[0], model[1], model[2], model[3] = scale, angle, shift_x, shift_y
    return best, best_count, model


@numba.njit(cache=True)
def shares_of(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    model: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    left_area: float,
    right_area: float,
    least_error: float,
    angle_limit: float,
    scale_limit: float,
    outside: float,
    collapsed: float,
) -> npt.NDArray[np.float64]:
    """The share of the frame within each correspondence's error under an affinity; empty where that collapses.

    Parameters:
        model: (2, 3) from left to right.
        left, right: (n, 4) frames x, y, scale, angle.
        left_area, right_area: of the two pictures in square pixels.
        least_error: the smallest error counted, in pixels of the right.
        angle_limit, scale_limit: as in `similarity_consensus`.
        outside: the share of a correspondence whose angle or scale disagrees.
        collapsed: smaller singular values, and ones larger than its inverse, are no transform.
    """
    a, b, c, d = model[0, 0], model[0, 1], model[1, 0], model[1, 1]
    one, other = math.hypot(a + d, c - b), math.hypot(a - d, c + b)
    square = a * d - b * c
    if abs(one - other) / 2 < collapsed or (one + other) / 2 > 1 / collapsed or square <= 0:
        return np.empty(0)
    scale, turn = math.sqrt(square), 2 * math.pi
    per_pixel = math.pi * max(1 / right_area, 1 / (square * left_area))
    found = np.empty(left.shape[0])
    for row in range(left.shape[0]):
        cosine, sine = math.cos(left[row, 3]), math.sin(left[row, 3])
        angle = math.atan2(c * cosine + d * sine, a * cosine + b * sine)
        lean = abs((angle - right[row, 3] + math.pi) % turn - math.pi)
        growth = abs(math.log(right[row, 2] / left[row, 2] / scale))
        if lean > angle_limit or growth > scale_limit:
            found[row] = outside
            continue
        x = a * left[row, 0] + b * left[row, 1] + model[0, 2] - right[row, 0]
        y = c * left[row, 0] + d * left[row, 1] + model[1, 2] - right[row, 1]
        found[row] = min(1.0, per_pixel * max(least_error * least_error, x * x + y * y))
    return found
