"""Makes DICOM files of many kinds in dicom/, and dicom/expected.json with what pydicom
reads of them: numbers after rescaling, or colours, and the window that they state.

    pip install pydicom==3.0.2 numpy pillow pylibjpeg pylibjpeg-libjpeg python-gdcm
    python dicom.py

Every file names a patient, whose name must never leave the program.
"""

import io
import json
import os
import subprocess
import sys

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_color_lut
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless,
)

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dicom")
W, H = 14, 11
y, x = np.mgrid[0:H, 0:W]
ramp = (x * 5 + y * 17) / (13 * 5 + 10 * 17)
expected = {}


def dataset(array, bits, syntax=ExplicitVRLittleEndian, photometric="MONOCHROME2", stored=None, signed=False, samples=1, frames=None, **more):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    ds.file_meta.ImplementationClassUID = "1.2.826.0.1.3680043.8.498.2"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "SECRETNAME^PATIENT", "SECRETID", "19010203"
    ds.InstitutionName, ds.StudyDescription = "SECRETPLACE", "SECRETSTUDY"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = samples, photometric
    ds.Rows, ds.Columns = H, W
    if frames:
        ds.NumberOfFrames = frames
    ds.BitsAllocated, ds.BitsStored = bits, stored or bits
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(signed)
    if samples > 1:
        ds.PlanarConfiguration = 0
    for key, value in more.items():
        setattr(ds, key, value)
    if array is not None:
        data = array.tobytes()
        if syntax == ExplicitVRBigEndian and bits == 16:
            data = array.byteswap().tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB" if bits <= 8 else "OW" if array is not None else "OB"
    return ds


def save(name, ds, expect=True):
    path = os.path.join(OUT, name)
    implicit, little = ds.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian, ds.file_meta.TransferSyntaxUID != ExplicitVRBigEndian
    ds.save_as(path, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    if expect:
        note(name)


def note(name):
    ds = dcmread(os.path.join(OUT, name))
    if ds.file_meta.TransferSyntaxUID.is_compressed and not ds.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        ds.pixel_array_options(decoding_plugin="pydicom" if ds.file_meta.TransferSyntaxUID == RLELossless else "pylibjpeg")
    a = ds.pixel_array
    e = {}
    if int(ds.get("NumberOfFrames", 1) or 1) > 1:
        a = a[0]
    if ds.SamplesPerPixel == 3:
        e["rgb"] = a.reshape(-1).tolist()  # pydicom converts YBR itself
    elif ds.PhotometricInterpretation == "PALETTE COLOR":
        lut = apply_color_lut(a, ds)
        e["rgb"] = (lut >> 8 if lut.dtype == np.uint16 else lut).reshape(-1).tolist()
    else:
        a = a.astype(np.float64) * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
        e["values"] = a.reshape(-1).tolist()
        e["inverted"] = ds.PhotometricInterpretation == "MONOCHROME1"
        if "WindowCenter" in ds:
            first = lambda v: float(v[0]) if not isinstance(v, (float, int)) and hasattr(v, "__len__") else float(v)
            c, w = first(ds.WindowCenter), first(ds.WindowWidth)
            exact = ds.get("VOILUTFunction", "LINEAR") != "LINEAR"
            e["window"] = [c - w / 2, c + w / 2 - (0 if exact else 1)]
    expected[name] = e


def converted(source, name, *args, expect=True):
    subprocess.run([os.path.join(os.path.dirname(sys.executable), "gdcmconv"), *args, os.path.join(OUT, source), os.path.join(OUT, name)], check=True)
    if expect:
        note(name)


def main():
    os.makedirs(OUT, exist_ok=True)
    grey8 = (ramp * 255).astype(np.uint8)
    grey12 = (ramp * 4095).astype(np.uint16)
    grey16 = (ramp * 65535).astype(np.uint16)
    hounsfield = (ramp * 3000 - 1000).astype(np.int16)
    rgb = np.stack([x * 18, y * 23, (x * 7 + y * 11) % 256], 2).astype(np.uint8)

    save("grey8.dcm", dataset(grey8, 8))
    save("grey12.dcm", dataset(grey12, 16, stored=12))
    save("grey16.dcm", dataset(grey16, 16))
    save("implicit.dcm", dataset(grey12, 16, ImplicitVRLittleEndian, stored=12))
    save("bigendian.dcm", dataset(grey12, 16, ExplicitVRBigEndian, stored=12))
    save("deflated.dcm", dataset(grey12, 16, DeflatedExplicitVRLittleEndian, stored=12))
    save("inverted.dcm", dataset(grey12, 16, stored=12, photometric="MONOCHROME1"))
    save("signed.dcm", dataset(hounsfield, 16, signed=True, WindowCenter="40", WindowWidth="400"))
    save("signed12.dcm", dataset(((ramp * 4000 - 2000).astype(np.int16) & 0xFFF).astype(np.uint16), 16, stored=12, signed=True))
    save("rescaled.dcm", dataset(grey12, 16, stored=12, RescaleSlope="1", RescaleIntercept="-1024", WindowCenter=["50", "300"], WindowWidth=["350", "1500"]))
    save("slope.dcm", dataset(grey12, 16, stored=12, RescaleSlope="0.25", RescaleIntercept="3.5", WindowCenter="500", WindowWidth="1000", VOILUTFunction="LINEAR_EXACT"))
    save("negative.dcm", dataset(grey12, 16, stored=12, RescaleSlope="-2", RescaleIntercept="100"))
    save("grey32.dcm", dataset((ramp * 1e6).astype(np.uint32), 32))
    bits = dataset(None, 1, PixelData=pack_bits((ramp > 0.5).astype(np.uint8)))
    bits["PixelData"].VR = "OB"
    save("bits.dcm", bits)
    floats = dataset(None, 32, PixelData=b"")
    del floats.PixelData, floats.BitsStored, floats.HighBit, floats.PixelRepresentation
    floats.FloatPixelData = ramp.astype(np.float32).tobytes()
    save("float.dcm", floats)
    save("rgb.dcm", dataset(rgb, 8, photometric="RGB", samples=3))
    save("planar.dcm", dataset(np.ascontiguousarray(rgb.transpose(2, 0, 1)), 8, photometric="RGB", samples=3, PlanarConfiguration=1))
    save("ybr.dcm", dataset(rgb, 8, photometric="YBR_FULL", samples=3))
    palette = dict(
        RedPaletteColorLookupTableDescriptor=[256, 0, 16], GreenPaletteColorLookupTableDescriptor=[256, 0, 16], BluePaletteColorLookupTableDescriptor=[256, 0, 16],
        RedPaletteColorLookupTableData=(np.arange(256) * 257).astype(np.uint16).tobytes(),
        GreenPaletteColorLookupTableData=(65535 - np.arange(256) * 257).astype(np.uint16).tobytes(),
        BluePaletteColorLookupTableData=(np.arange(256) % 16 * 4096).astype(np.uint16).tobytes(),
    )
    save("palette.dcm", dataset(grey8, 8, photometric="PALETTE COLOR", **palette))
    save("frames.dcm", dataset(np.stack([grey8, 255 - grey8]), 8, frames=2))
    for of in ("grey8", "grey16", "signed", "rgb", "frames"):
        ds = dcmread(os.path.join(OUT, of + ".dcm"))
        ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        save("rle_" + of + ".dcm", ds)
    for of in ("grey8", "grey12", "grey16", "signed", "rgb"):
        converted(of + ".dcm", "lossless_" + of + ".dcm", "--jpeg")
    converted("grey16.dcm", "no_jpegls.dcm", "--jpegls", expect=False)
    converted("grey16.dcm", "no_jpeg2000.dcm", "--j2k", expect=False)
    for name, image, photometric in (("grey", Image.fromarray(grey8), "MONOCHROME2"), ("rgb", Image.fromarray(rgb), "YBR_FULL_422")):
        b = io.BytesIO()
        image.save(b, "jpeg", quality=90)
        ds = dataset(None, 8, JPEGBaseline8Bit, photometric=photometric, samples=len(image.getbands()), PixelData=encapsulate([b.getvalue()]))
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
        save("jpeg_" + name + ".dcm", ds, expect=False)
        back = np.array(Image.open(b))
        expected["jpeg_" + name + ".dcm"] = {"rgb": back.reshape(-1).tolist()} if name == "rgb" else {"values": back.reshape(-1).tolist(), "inverted": False}
    frames = []
    for a in (grey8, 255 - grey8):
        b = io.BytesIO()
        Image.fromarray(a).save(b, "jpeg", quality=90)
        frames.append(b.getvalue())
    for name, table in (("jpeg_frames.dcm", True), ("jpeg_frames_untold.dcm", False)):
        ds = dataset(None, 8, JPEGBaseline8Bit, frames=2, PixelData=encapsulate(frames, fragments_per_frame=2, has_bot=table))
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
        save(name, ds, expect=False)
        expected[name] = {"values": np.array(Image.open(io.BytesIO(frames[0]))).reshape(-1).tolist(), "inverted": False}
    # Newer files state in sequences what older ones state at the top.
    enhanced = dataset(np.stack([grey12, grey12]), 16, stored=12, frames=2)
    shared, transform, voi = Dataset(), Dataset(), Dataset()
    transform.RescaleSlope, transform.RescaleIntercept, transform.RescaleType = "1", "-1024", "HU"
    shared.PixelValueTransformationSequence = Sequence([transform])
    enhanced.SharedFunctionalGroupsSequence = Sequence([shared])
    per = []
    for c in ("40", "400"):
        voi = Dataset()
        voi.WindowCenter, voi.WindowWidth = c, "80"
        item = Dataset()
        item.FrameVOILUTSequence = Sequence([voi])
        per.append(item)
    enhanced.PerFrameFunctionalGroupsSequence = Sequence(per)
    save("enhanced.dcm", enhanced, expect=False)
    expected["enhanced.dcm"] = {"values": (grey12.astype(float) - 1024).reshape(-1).tolist(), "inverted": False, "window": [0, 79]}
    for group in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        enhanced[group].is_undefined_length = True
        for item in enhanced[group].value:
            item.is_undefined_length_sequence_item = True
    save("enhanced_undefined.dcm", enhanced, expect=False)
    expected["enhanced_undefined.dcm"] = expected["enhanced.dcm"]
    icon = dataset(grey8, 8)
    small = Dataset()
    small.Rows, small.Columns, small.BitsAllocated, small.PixelData = 2, 2, 8, b"abcd"
    small["PixelData"].VR = "OB"
    icon.IconImageSequence = Sequence([small])
    save("icon.dcm", icon)
    report = dataset(grey8, 8)
    for key in ("PixelData", "Rows", "Columns"):
        delattr(report, key)
    save("no_picture.dcm", report, expect=False)
    with open(os.path.join(OUT, "expected.json"), "w") as f:
        json.dump({k: {a: [round(n, 6) for n in b] if isinstance(b, list) else b for a, b in v.items()} for k, v in expected.items()}, f, separators=(",", ":"))


main()
