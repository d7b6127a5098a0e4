#include "core/checkpoint/zip_archive.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/base/error.h"

namespace orrery::checkpoint {
namespace {

constexpr std::uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50,
                        kLocator64Signature = 0x07064b50, kEntrySignature = 0x02014b50,
                        kLocalSignature = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kLocator64Bytes = 20, kEnd64Bytes = 56, kEntryBytes = 46,
                      kLocalBytes = 30, kMaxComment = 65535;
constexpr std::uint32_t kInZip64 = 0xFFFFFFFF;

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

std::span<const std::byte> piece(std::span<const std::byte> bytes, std::uint64_t at,
                                 std::uint64_t count, std::string_view what) {
  if (at > bytes.size() || count > bytes.size() - at)
    throw invalid("{} takes {} bytes from byte {} on, but the file has {}", what, count, at,
                  bytes.size());
  return bytes.subspan(at, count);
}

template <class T>
T number(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, piece(bytes, at, sizeof value, "a number").data(), sizeof value);
  return value;
}

struct Directory {
  std::uint64_t offset;
  std::uint64_t entries;
};

Directory findDirectory(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndBytes) throw invalid("has {} bytes, too few for a zip file", bytes.size());
  const std::size_t last = bytes.size() - kEndBytes;
  const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (number<std::uint32_t>(bytes, at) != kEndSignature) continue;
    const Directory found{number<std::uint32_t>(bytes, at + 16),
                          number<std::uint16_t>(bytes, at + 10)};
    if (at < kLocator64Bytes ||
        number<std::uint32_t>(bytes, at - kLocator64Bytes) != kLocator64Signature)
      return found;
    const auto end64 = number<std::uint64_t>(bytes, at - kLocator64Bytes + 8);
    const auto record = piece(bytes, end64, kEnd64Bytes, "the zip64 directory record");
    if (number<std::uint32_t>(record, 0) != kEnd64Signature)
      throw invalid("the zip64 directory record is not where the file says");
    return {number<std::uint64_t>(record, 48), number<std::uint64_t>(record, 32)};
  }
  throw invalid(
      "is not a zip file: its directory is missing, so it is cut short or something else");
}

struct Entry {
  std::uint64_t size;
  std::uint64_t offset;
};

/// Sizes that do not fit 32 bits lie in extra field 1, in this order, each only if it is needed.
void readZip64(std::span<const std::byte> extra, std::uint32_t packedSize, Entry& entry) {
  while (extra.size() >= 4) {
    const auto id = number<std::uint16_t>(extra, 0);
    const auto body = piece(extra, 4, number<std::uint16_t>(extra, 2), "an extra field");
    extra = extra.subspan(4 + body.size());
    if (id != 1) continue;
    std::size_t at = 0;
    const auto next = [&] {
      at += 8;
      return number<std::uint64_t>(body, at - 8);
    };
    if (entry.size == kInZip64) entry.size = next();
    if (packedSize == kInZip64) next();
    if (entry.offset == kInZip64) entry.offset = next();
  }
}

}  // namespace

std::map<std::string, std::span<const std::byte>, std::less<>> readStoredZip(
    std::span<const std::byte> bytes) {
  std::map<std::string, std::span<const std::byte>, std::less<>> result;
  const Directory directory = findDirectory(bytes);
  std::uint64_t at = directory.offset;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const auto head = piece(bytes, at, kEntryBytes, "a directory entry");
    if (number<std::uint32_t>(head, 0) != kEntrySignature)
      throw invalid("directory entry {} is not where the file says", i);
    const auto nameBytes = number<std::uint16_t>(head, 28),
               extraBytes = number<std::uint16_t>(head, 30);
    const auto nameSpan = piece(bytes, at + kEntryBytes, nameBytes, "a name");
    const std::string name(reinterpret_cast<const char*>(nameSpan.data()), nameSpan.size());
    if ((number<std::uint16_t>(head, 8) & 1) != 0 || number<std::uint16_t>(head, 10) != 0)
      throw Error(ErrorKind::kUnsupported,
                  "entry {} is compressed or encrypted, expected it stored", quoted(name));
    Entry entry{number<std::uint32_t>(head, 24), number<std::uint32_t>(head, 42)};
    readZip64(piece(bytes, at + kEntryBytes + nameBytes, extraBytes, "an extra field"),
              number<std::uint32_t>(head, 20), entry);
    const auto local = piece(bytes, entry.offset, kLocalBytes, "an entry");
    if (number<std::uint32_t>(local, 0) != kLocalSignature)
      throw invalid("entry {} is not where the directory says", quoted(name));
    const std::uint64_t data = entry.offset + kLocalBytes + number<std::uint16_t>(local, 26) +
                               number<std::uint16_t>(local, 28);
    result[name] = piece(bytes, data, entry.size, "entry " + quoted(name));
    at += kEntryBytes + nameBytes + extraBytes + number<std::uint16_t>(head, 32);
  }
  return result;
}

}  // namespace orrery::checkpoint
