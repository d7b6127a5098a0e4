"""Writes image files of many formats and modes, and what Pillow and torchvision make of them.

    make_media.py --out DIR

DIR/files/ holds the images; DIR/decoded.safetensors what transformers' load_image makes of each, by file name.
DIR/resized.safetensors holds the picture `source` and its resized forms, as `pillow.bicubic.H.W` and `torch.…`.
"""

import argparse
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image, PngImagePlugin, TiffImagePlugin
from safetensors.numpy import save_file
from torchvision.transforms.v2 import functional as tvF
from transformers.image_utils import load_image, pil_torch_interpolation_mapping

ORIENTATION = 0x0112


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Soft colours, hard edges and noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    soft = np.stack([128 + 120 * np.sin(x / 7 + c) * np.cos(y / (5 + c)) for c in range(3)], -1)
    soft[height // 4:height // 2, width // 3:width // 2] = (255, 0, 30)
    soft += random.normal(0, 12, soft.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def alpha(height: int, width: int) -> Image.Image:
    return Image.fromarray(np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8))


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x0131] = "a program"
    return data


def modes(height: int, width: int) -> dict[str, Image.Image]:
    rgb = Image.fromarray(picture(height, width))
    rgba = rgb.copy()
    rgba.putalpha(alpha(height, width))
    grey = rgb.convert("L")
    wide = np.asarray(grey).astype(np.uint16) * 3 - 100
    la = grey.copy()
    la.putalpha(alpha(height, width))
    palette = rgb.quantize(50)
    return {"rgb": rgb, "rgba": rgba, "l": grey, "la": la, "p": palette, "p4": rgb.quantize(11), "p2": rgb.quantize(3),
            "1": grey.convert("1"), "cmyk": rgb.convert("CMYK"), "i16": Image.fromarray(wide.astype(np.uint16)),
            "i": Image.fromarray(wide.astype(np.int32)), "f": Image.fromarray(np.asarray(grey) * np.float32(1.3) - 9)}


def png_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


def raw_png(height: int, width: int, bits: int, colour: int, row: bytes, *others: tuple[bytes, bytes]) -> bytes:
    """A PNG file of equal rows, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return png_chunks((b"IHDR", header), *others, (b"IDAT", zlib.compress((b"\0" + row) * height)), (b"IEND", b""))


def png_files(images: dict[str, Image.Image]):
    for name in ("rgb", "rgba", "l", "la", "p", "p4", "p2", "1", "i16"):
        yield f"{name}.png", dict(image=images[name], format="PNG")
    yield "transparent.png", dict(image=images["p"], format="PNG", transparency=3)
    yield "colour_key.png", dict(image=images["rgb"], format="PNG", transparency=(255, 0, 30))
    yield "exif.png", dict(image=images["rgb"], format="PNG", exif=exif(6))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", '<x:xmpmeta><rdf:Description tiff:Orientation="8"/></x:xmpmeta>')
    yield "xmp.png", dict(image=images["rgb"], format="PNG", pnginfo=text)
    text = PngImagePlugin.PngInfo()
    data = exif(3).tobytes()
    text.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}\n", zip=True)
    yield "magick.png", dict(image=images["rgb"], format="PNG", pnginfo=text)


def raw_png_files():
    wide = np.arange(0, 72 * 900, 900).astype(">u2").tobytes()
    yield "rgb16.png", raw_png(5, 24, 16, 2, wide[:24 * 6])
    yield "rgba16.png", raw_png(5, 18, 16, 6, wide[:18 * 8])
    yield "la16.png", raw_png(5, 18, 16, 4, wide[:18 * 4])
    yield "l2.png", raw_png(3, 16, 2, 0, bytes([27, 228, 0, 255]))
    yield "l4.png", raw_png(3, 8, 4, 0, bytes([0x01, 0x7f, 0x8e, 0xff]))
    # Indices behind the end of the palette.
    yield "short_palette.png", raw_png(3, 6, 8, 3, bytes([0, 1, 2, 3, 200, 255]), (b"PLTE", bytes([9, 8, 7, 200, 100, 50])))
    # Seven passes of one pixel each: every pass of a picture of 1 x 1 but the first is empty.
    header = struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 1)
    passes = bytes([0, 10, 0, 30, 0, 20, 0, 40, 50, 60])
    yield "interlaced.png", png_chunks((b"IHDR", header), (b"IDAT", zlib.compress(passes)), (b"IEND", b""))


def jpeg_files(images: dict[str, Image.Image]):
    for subsampling in (0, 1, 2):
        yield f"rgb_{subsampling}.jpg", dict(image=images["rgb"], format="JPEG", quality=83, subsampling=subsampling)
    yield "progressive.jpg", dict(image=images["rgb"], format="JPEG", progressive=True, quality=60)
    yield "l.jpg", dict(image=images["l"], format="JPEG")
    yield "cmyk.jpg", dict(image=images["cmyk"], format="JPEG", quality=95)
    yield "keep_rgb.jpg", dict(image=images["rgb"], format="JPEG", keep_rgb=True)
    yield "restarts.jpg", dict(image=images["rgb"], format="JPEG", restart_marker_rows=1)
    for orientation in range(1, 9):
        yield f"exif_{orientation}.jpg", dict(image=images["rgb"], format="JPEG", exif=exif(orientation))
    yield "xmp.jpg", dict(image=images["rgb"], format="JPEG", xmp=b"<x><tiff:Orientation>5</tiff:Orientation></x>")


def webp_files(images: dict[str, Image.Image]):
    yield "lossy.webp", dict(image=images["rgb"], format="WEBP", quality=70)
    yield "alpha.webp", dict(image=images["rgba"], format="WEBP", quality=70)
    yield "lossless.webp", dict(image=images["rgba"], format="WEBP", lossless=True, exact=True)
    yield "exif.webp", dict(image=images["rgb"], format="WEBP", exif=exif(7).tobytes())
    yield "animated.webp", dict(image=images["rgba"], format="WEBP", save_all=True, lossless=True,
                                append_images=[images["rgba"].transpose(Image.Transpose.ROTATE_180)])


def bmp_files(images: dict[str, Image.Image]):
    for name in ("rgb", "rgba", "l", "p", "1"):
        yield f"{name}.bmp", dict(image=images[name], format="BMP")


def raw_bmp(width: int, height: int, bits: int, compression: int, palette: bytes, masks: bytes, data: bytes) -> bytes:
    """A BMP file with a header of 40 bytes, for what Pillow does not write."""
    at = 14 + 40 + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + info + masks + palette + data


def raw_bmp_files():
    palette = bytes(v for i in range(16) for v in (i * 3, 255 - i, i * 16, 0))
    words = np.arange(0, 12 * 5001, 5001, dtype="<u4").astype("<u2").tobytes()
    yield "rgb555.bmp", raw_bmp(4, 3, 16, 0, b"", b"", words)
    yield "rgb565.bmp", raw_bmp(4, 3, 16, 3, b"", struct.pack("<III", 0xF800, 0x7E0, 0x1F), words)
    longs = np.arange(0, 6 * 0x1234567, 0x1234567, dtype="<u8").astype("<u4").tobytes()
    yield "masks.bmp", raw_bmp(3, 2, 32, 3, b"", struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00), longs)
    yield "from_top.bmp", raw_bmp(3, -2, 32, 0, b"", b"", longs)
    yield "p4.bmp", raw_bmp(5, 2, 4, 0, palette, b"", bytes([0x12, 0x34, 0x50, 0, 0xab, 0xcd, 0xe0, 0]))
    # Runs, a copied piece with its padding, a skipped end of a row, and an end.
    rle8 = bytes([3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 2, 7, 0, 0, 6, 9, 0, 1])
    yield "rle8.bmp", raw_bmp(6, 3, 8, 1, palette, b"", rle8)
    rle4 = bytes([5, 0x5a, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 2, 0x77, 0, 2, 2, 0, 2, 0x3f, 0, 1])
    yield "rle4.bmp", raw_bmp(6, 3, 4, 2, palette, b"", rle4)
    header = struct.pack("<IHHHH", 12, 3, 2, 1, 8)
    os2 = bytes(v for i in range(256) for v in (i, 255 - i, i // 2))
    yield "os2.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 768) + header + os2 + bytes([1, 2, 3, 0, 4, 5, 6, 0])


def tiff_files(images: dict[str, Image.Image]):
    for name in ("rgb", "rgba", "l", "la", "p", "1", "cmyk", "i16", "i", "f"):
        yield f"{name}.tif", dict(image=images[name], format="TIFF")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield f"{compression}.tif", dict(image=images["rgb"], format="TIFF", compression=compression)
    yield "jpeg.tif", dict(image=images["rgb"], format="TIFF", compression="jpeg", quality=80)
    yield "group4.tif", dict(image=images["1"], format="TIFF", compression="group4")
    yield "turned.tif", dict(image=images["rgb"], format="TIFF", tiffinfo={ORIENTATION: 6}, compression="tiff_lzw")
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[262] = 0  # white is zero
    yield "white_is_zero.tif", dict(image=images["l"], format="TIFF", tiffinfo=info)
    yield "strips.tif", dict(image=images["rgb"], format="TIFF", compression="tiff_lzw", tiffinfo={278: 7})


def gif_files(images: dict[str, Image.Image]):
    yield "p.gif", dict(image=images["p"], format="GIF")
    yield "l.gif", dict(image=images["l"], format="GIF", interlace=0)
    yield "rgba.gif", dict(image=images["rgba"], format="GIF")
    yield "animated.gif", dict(image=images["p"], format="GIF", save_all=True,
                               append_images=[images["l"], images["rgb"]])


def raw_gif(screen: tuple[int, int], frame: tuple[int, int, int, int], *, control: bytes = b"") -> bytes:
    """A GIF file of one frame that does not cover the screen. Its data are clear codes between single pixels."""
    palette = bytes([10, 20, 30, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    left, top, width, height = frame
    bits, count = "", 0
    for i in range(width * height):
        if i % 2 == 0:
            bits = f"{4:03b}" + bits
        bits = f"{i * 7 % 4:03b}" + bits
        count += 1
    bits = f"{5:03b}" + bits
    size = -(-len(bits) // 8)
    data = int(bits, 2).to_bytes(size, "little")
    blocks = b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, size, 255))
    return (b"GIF89a" + struct.pack("<HHBBB", *screen, 0x91, 0, 0) + palette + control + b","
            + struct.pack("<HHHHB", left, top, width, height, 0) + b"\2" + blocks + b"\0;")


def raw_gif_files():
    yield "small_frame.gif", raw_gif((9, 8), (2, 3, 4, 3))
    yield "transparent_frame.gif", raw_gif((9, 8), (2, 3, 4, 3), control=b"!\xf9\4\1\0\0\2\0")
    yield "large_frame.gif", raw_gif((3, 3), (1, 2, 5, 4))


def write_files(folder: Path) -> dict[str, np.ndarray]:
    folder.mkdir(parents=True, exist_ok=True)
    decoded = {}
    images = modes(45, 61)
    for make in (png_files, jpeg_files, webp_files, bmp_files, tiff_files, gif_files):
        for name, options in make(images):
            options.pop("image").save(folder / name, **options)
    for make in (raw_png_files, raw_bmp_files, raw_gif_files):
        for name, data in make():
            (folder / name).write_bytes(data)
    for path in sorted(folder.iterdir()):
        decoded[path.name] = np.ascontiguousarray(load_image(str(path)))
    return decoded


def resized() -> dict[str, np.ndarray]:
    source = picture(97, 131, seed=3)
    image = Image.fromarray(source)
    tensor = torch.from_numpy(source).permute(2, 0, 1)
    results = {"source": source}
    sizes = ((41, 29), (97, 200), (60, 131), (1, 1), (250, 7), (224, 224), (97, 131), (48, 65))
    for name in ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"):
        resample = Image.Resampling[name.upper()]
        for height, width in sizes:
            results[f"pillow.{name}.{height}.{width}"] = np.asarray(image.resize((width, height), resample))
            if name in ("box", "hamming"):
                continue
            torch_resized = tvF.resize(tensor, (height, width), pil_torch_interpolation_mapping[resample], antialias=True)
            results[f"torch.{name}.{height}.{width}"] = torch_resized.permute(1, 2, 0).contiguous().numpy()
    return results


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    save_file(write_files(out / "files"), out / "decoded.safetensors")
    save_file(resized(), out / "resized.safetensors")


if __name__ == "__main__":
    main()
