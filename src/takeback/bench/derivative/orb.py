"""The peer that compares two pictures at a time: ORB features, matched and verified by a homography."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_LONG_SIDE = 640
_FEATURES = 1000
_RATIO = 0.8
_FEWEST = 4
_TOLERANCE = 5.0


def inliers(first: Pixels, second: Pixels) -> int:
    """How many ORB correspondences of two RGB pictures (H, W, 3) agree on one homography (MAGSAC).

    References:
        E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or SURF" (ICCV 2011).
    """
    import cv2

    cv2.setRNGSeed(0)
    orb = cv2.ORB_create(_FEATURES)  # type: ignore[attr-defined]  # its type stubs lack it
    left_points, left = orb.detectAndCompute(_grey(first), None)
    right_points, right = orb.detectAndCompute(_grey(second), None)
    if left is None or right is None or len(left) < 2 or len(right) < 2:  # noqa: PLR2004 - the ratio test takes two
        return 0
    pairs = [
        pair[0]
        for pair in cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(left, right, k=2)
        if len(pair) > 1 and pair[0].distance < _RATIO * pair[1].distance
    ]
    if len(pairs) < _FEWEST:
        return 0
    source = np.array([left_points[each.queryIdx].pt for each in pairs])
    target = np.array([right_points[each.trainIdx].pt for each in pairs])
    _, agreeing = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _TOLERANCE)
    return 0 if agreeing is None else int(agreeing.sum())


def _grey(pixels: Pixels) -> Pixels:
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    factor = _LONG_SIDE / max(grey.shape)
    if factor < 1:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
