"""Make thumbnails of the public data sets: train.zip and val.zip with CLASS/SOURCE-NUMBER.jpg.

    python prepare.py --caltech101 101_ObjectCategories --imagenette imagenette2-320 \\
        --office Office-Caltech-10 --out data

A thumbnail is the centre square of a picture whose short side was resized to
--size. Of Caltech-101 and of every domain of Office-Caltech-10, the first fifth
of each class in the order of file names is held out (rounded down); Imagenette
has a split of its own.
"""

import argparse
import io
import zipfile
from pathlib import Path

from PIL import Image, ImageOps

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp"}

# Folders of Caltech-101 that mean the same thing, or the same as in another
# data set. Its background pictures show nothing in particular.
CALTECH101 = {
    "Faces": "face",
    "Faces_easy": "face",
    "Leopards": "leopard",
    "Motorbikes": "motorbike",
    "car_side": "car",
    "cup": "mug",
    "headphone": "headphones",
}
CALTECH101_OMITTED = {"BACKGROUND_Google"}

IMAGENETTE = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}

OFFICE = {
    "back_pack": "backpack",
    "bike": "bicycle",
    "calculator": "calculator",
    "headphones": "headphones",
    "keyboard": "keyboard",
    "laptop_computer": "laptop",
    "laptop": "laptop",
    "monitor": "monitor",
    "mouse": "mouse",
    "mug": "mug",
    "projector": "projector",
}
OFFICE_DOMAINS = {"amazon": "office-amazon", "Caltech": "office-caltech10", "caltech": "office-caltech10",
                  "caltech10": "office-caltech10", "dslr": "office-dslr", "webcam": "office-webcam"}

# Caltech-101 writes names in small letters.
PROPER = {"windsor chair": "Windsor chair"}


def pictures(folder):
    """The pictures in a folder, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)


def hold_out(files):
    """Split a class's files: the first fifth is held out."""
    count = len(files) // 5
    return files[count:], files[:count]


def caltech101(root):
    """Yield (class, source, training files, held-out files) of Caltech-101."""
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        if folder.name in CALTECH101_OMITTED:
            continue
        name = folder.name.replace("_", " ")
        name = CALTECH101.get(folder.name, PROPER.get(name.lower(), name))
        yield name, "caltech101", *hold_out(pictures(folder))


def imagenette(root):
    """Yield (class, source, training files, held-out files) of Imagenette."""
    for folder, name in IMAGENETTE.items():
        yield name, "imagenette", pictures(root / "train" / folder), pictures(root / "val" / folder)


def office(root):
    """Yield (class, source, training files, held-out files) of Office-Caltech-10."""
    for domain in sorted(p for p in root.iterdir() if p.name in OFFICE_DOMAINS):
        # Office-31 keeps its classes one folder deeper.
        inner = domain / "images"
        for folder in sorted((inner if inner.is_dir() else domain).iterdir()):
            if folder.name in OFFICE:
                yield OFFICE[folder.name], OFFICE_DOMAINS[domain.name], *hold_out(pictures(folder))


def thumbnail(path, size):
    """The picture's centre square as JPEG bytes."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image).convert("RGB")
    image = ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90)
    return data.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--caltech101", type=Path, required=True, help="the folder 101_ObjectCategories")
    parser.add_argument("--imagenette", type=Path, required=True, help="the folder with train and val")
    parser.add_argument("--office", type=Path, required=True, help="the folder with amazon, caltech, dslr, webcam")
    parser.add_argument("--out", type=Path, required=True, help="folder for train.zip and val.zip")
    parser.add_argument("--size", type=int, default=152)
    args = parser.parse_args()

    groups = [*caltech101(args.caltech101), *imagenette(args.imagenette), *office(args.office)]
    args.out.mkdir(parents=True, exist_ok=True)
    for index, split in ((2, "train"), (3, "val")):
        number = 0
        # JPEG data does not shrink any further.
        with zipfile.ZipFile(args.out / f"{split}.zip", "w", zipfile.ZIP_STORED) as out:
            for group in groups:
                for path in group[index]:
                    out.writestr(f"{group[0]}/{group[1]}-{number:05d}.jpg", thumbnail(path, args.size))
                    number += 1
        print(f"{split}.zip: {number} pictures")


if __name__ == "__main__":
    main()
