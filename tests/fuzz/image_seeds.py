"""Small images of every format for the fuzz targets; those that Python's standard library cannot write, as they are."""

import base64
import struct
import zlib

PROGRESSIVE = """
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6
/+b9//j/wgALCAAJAAsBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAwL/2gAIAQEAAAABFLT/xAAYEAACAwAAAAAAAAAAAAAAAAAAAQIQEv/aAAgB
AQABBQJRMir/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Ah//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/IQX/2gAIAQEAAAAQ
/wD/xAAZEAACAwEAAAAAAAAAAAAAAAAAARAhMWH/2gAIAQEAAT8Q4ipkVh//2Q=="""
CMYK = """
/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwBQNzxGPDJQRkFGWlVQX3jIgnhubnj1r7mRyP//////////////////////////////////////////////
/////8AAFAgACQALBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAE
EQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6
g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkA
SwAAPwCGCo/s/tVMDNXauDoKPs/tT9lFU4Kt0iUVcHQUVKOlFf/Z"""
LOSSY = """
UklGRnIAAABXRUJQVlA4WAoAAAAIAAAACgAACAAAVlA4IDIAAADwAQCdASoLAAkABUB8JbACdLoAAwgvt+gA/uzWb/Msk6ZDlNhbKu667vdzAXvO
6GAAAEVYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA="""
LOSSLESS = "UklGRi4AAABXRUJQVlA4TCIAAAAvCgACALkyRPQ/dhHR/wBhtlE1zt91rwMYigmICYDiYDwD"
ANIMATED = """
UklGRrIBAABXRUJQVlA4WAoAAAASAAAACgAACAAAQU5JTQYAAAAAAAAAAABBTk1GugAAAAAAAAAAAAoAAAgAAAAAAAJWUDhMogAAAC8KAAIAFyMQ
IGw48f/mYSiU2LZN3fd/z/wHI4qiKIqiKM5/AgUriKyf2PpIrJfUesism9y6KKyT0jqorJ2awUEAAGSraLat27Zt20ZE/wMgJTuYKnemuztIyU4o
XenO9g+IVlzhTLU3PzxhRnVHsrX+4vhCWM0TzdUHy9Mb5XRvLN8Yrs4fjDd88UJztL58ccH0J4qt8eb6I0QrkCy1J9vbH0FOTUbEAAAAAAAAAAAA
CgAACAAAAAAAAFZQOEyrAAAALwoAAhAPY5iNpNOoxr3G320dhkKJJEnN5fT/x5xEIpFIJBKJnP88EDAFoOkHmT6w6YWYHigU6hUUCtUNM11w04kw
HUjTRhk4CACAbBXNtnXbtm3biOh//K6bcauYDFgi8b2sR81Cwm8K+Oe8GjbycZ/BY+/TclDPxbw6h76Oi37tH/VoLPI8zHvVbMStMvBjP+tWMmGX
QkP33bRTToccmQJv20m7lAraEgkAAA=="""
FAX = """
SUkqACgAAACeQSggTCdgmEwQJIECSCtNIKEEwSSQVhdpewmEwAQAQAkAAAEDAAEAAAALAAAAAQEDAAEAAAAJAAAAAgEDAAEAAAABAAAAAwEDAAEA
AAAEAAAABgEDAAEAAAABAAAAEQEEAAEAAAAIAAAAFgEDAAEAAAAJAAAAFwEEAAEAAAAgAAAAHAEDAAEAAAABAAAAAAAAAA=="""


def pattern(size):
    return bytes((i * 37 + 11) % 256 for i in range(size))


def jpeg_seeds():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    progressive = base64.b64decode(PROGRESSIVE)
    yield "progressive", progressive
    yield "cmyk", base64.b64decode(CMYK)
    yield "exif", progressive[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + progressive[2:]


def png(bits, colour, row, *others, height=3, interlaced=0, width=4, end=b""):
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)), *others,
              (b"IDAT", zlib.compress((b"\0" + row) * height)), *([] if end else [(b"IEND", b"")])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks) + end


def png_seeds():
    yield "rgb", png(8, 2, pattern(12), (b"eXIf", b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\5\0\0\0\0\0\0\0"))
    yield "palette", png(2, 3, pattern(1), (b"PLTE", pattern(9)), (b"tRNS", pattern(3)))
    yield "alpha16", png(16, 6, pattern(32), (b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation="6"'))
    yield "grey16", png(16, 0, pattern(8), (b"tEXt", b"Raw profile type exif\0\nexif\n 4\n4d4d"))
    yield "interlaced", png(8, 0, pattern(1), height=6, interlaced=1)
    yield "claims", png(8, 0, pattern(4), end=struct.pack(">I", 1 << 30) + b"iTXt")


def webp_seeds():
    for name, text in {"lossy": LOSSY, "lossless": LOSSLESS, "animated": ANIMATED}.items():
        yield name, base64.b64decode(text)


def bmp(bits, compression, data, width=5, height=3, extra=b""):
    at = 54 + len(extra)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, 16 if bits <= 8 else 0, 0)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + info + extra + data


def bmp_seeds():
    yield "rgb", bmp(24, 0, pattern(48))
    yield "top", bmp(32, 0, pattern(60), height=-3)
    yield "masks", bmp(16, 3, pattern(36), extra=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "palette", bmp(4, 0, pattern(12), extra=pattern(64))
    yield "rle8", bmp(8, 1, bytes([3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 2, 7, 0, 0, 0, 2, 1, 0, 4, 9, 0, 1]), extra=pattern(64))
    yield "rle4", bmp(4, 2, bytes([5, 0x5A, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 5, 0x77, 0, 1]), extra=pattern(64))
    yield "os2", b"BM" + struct.pack("<IHHI", 0, 0, 0, 32) + struct.pack("<IHHHH", 12, 9, 2, 1, 1) + pattern(14)


def tiff(tags, data):
    entries = sorted((tags | {273: (4, 8), 279: (4, len(data))}).items())
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in entries)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(entries)) + directory + b"\0" * 4


def tiff_seeds():
    size = {256: (3, 4), 257: (3, 3), 259: (3, 1), 278: (3, 3)}
    yield "grey", tiff(size | {258: (3, 8), 262: (3, 0), 274: (3, 6)}, pattern(12))
    yield "wide", tiff(size | {258: (3, 16), 262: (3, 1)}, pattern(24))
    yield "float", tiff(size | {258: (3, 32), 262: (3, 1), 339: (3, 3)}, pattern(48))
    yield "rgb", tiff(size | {258: (3, 8), 262: (3, 2), 277: (3, 3)}, pattern(36))
    yield "cmyk", tiff(size | {258: (3, 8), 262: (3, 5), 277: (3, 4)}, pattern(48))
    yield "deflate", tiff(size | {258: (3, 8), 262: (3, 1), 259: (3, 8)}, zlib.compress(pattern(12)))
    yield "fax", base64.b64decode(FAX)


def gif_seeds():
    screen = b"GIF89a" + struct.pack("<HHBBB", 4, 3, 0x91, 0, 0) + pattern(12)
    control = b"!\xf9\4\1\0\0\2\0"
    # Clear, twelve single pixels with a clear code before every second one, end: three bits each.
    codes = [code for i in range(12) for code in ([4] if i % 2 == 0 else []) + [i % 4]] + [5]
    bits = "".join(f"{code:03b}" for code in reversed(codes))
    data = int(bits, 2).to_bytes(-(-len(bits) // 8), "little")
    frame = b"," + struct.pack("<HHHHB", 0, 0, 4, 3, 0) + b"\2" + bytes([len(data)]) + data + b"\0;"
    yield "frame", screen + frame
    yield "transparent", screen + control + frame.replace(b"\4\0\3\0\0", b"\4\0\3\0\x40", 1)


SEEDS = {"jpeg": jpeg_seeds, "png": png_seeds, "webp": webp_seeds, "bmp": bmp_seeds, "tiff": tiff_seeds, "gif": gif_seeds}
