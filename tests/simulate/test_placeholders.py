from __future__ import annotations

import io

from PIL import Image

from takeback.simulate.placeholders import picture_file


def test_each_number_gives_its_own_picture_and_always_the_same() -> None:
    files = [picture_file(number, 7) for number in range(20)]
    assert len(set(files)) == 20
    assert files == [picture_file(number, 7) for number in range(20)]
    assert picture_file(0, 8) != files[0]
    with Image.open(io.BytesIO(files[0])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 240))
