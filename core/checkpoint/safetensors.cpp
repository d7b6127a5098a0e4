#include "core/checkpoint/safetensors.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"

namespace orrery::checkpoint {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kHeaderLimit = 100'000'000;  // as the reference implementation has it

struct Entry {
  std::string name;
  TensorView view;
  std::uint64_t begin;
  std::uint64_t end;
};

std::uint64_t littleEndian64(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

std::string_view headerText(std::span<const std::byte> bytes) {
  if (bytes.size() < kLengthBytes)
    throw invalid(
        "has {} bytes, too few for a safetensors file, which begins with a header length of 8 "
        "bytes",
        bytes.size());
  const std::uint64_t length = littleEndian64(bytes.first(kLengthBytes));
  if (length > bytes.size() - kLengthBytes)
    throw invalid("header length is {}, but only {} bytes follow it", length,
                  bytes.size() - kLengthBytes);
  if (length > kHeaderLimit)
    throw invalid("header length is {}, more than the {} that the format allows", length,
                  kHeaderLimit);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  if (!text.starts_with('{'))
    throw invalid("header begins with {}, expected \"{{\"", quoted(text.substr(0, 1)));
  return text;
}

Entry readEntry(const std::string& name, const JsonField& field, std::uint64_t dataBytes) {
  Entry entry{name, {}, 0, 0};
  const auto dtypeText = field.require<std::string>("dtype");
  const auto dtype = dtypeFromSafetensorsName(dtypeText);
  if (!dtype)
    throw field["dtype"].error(
        fmt::format("{} is not a data type of safetensors", quoted(dtypeText)));
  entry.view.dtype = *dtype;
  entry.view.shape = field.require<std::vector<std::int64_t>>("shape");
  const auto offsets = field.require<std::vector<std::int64_t>>("data_offsets");
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
    throw field["data_offsets"].error(
        fmt::format("expected [begin, end], found {}", jsonExcerpt(field["data_offsets"].json())));
  entry.begin = static_cast<std::uint64_t>(offsets[0]);
  entry.end = static_cast<std::uint64_t>(offsets[1]);
  if (entry.end > dataBytes)
    throw field["data_offsets"].error(
        fmt::format("ends at byte {}, but the file has {} bytes of data", entry.end, dataBytes));
  const auto expected = tensorBytes(*dtype, entry.view.shape);
  if (!expected || static_cast<std::uint64_t>(*expected) != entry.end - entry.begin)
    throw field["data_offsets"].error(
        fmt::format("covers {} bytes, but {} of shape {} takes {}", entry.end - entry.begin,
                    dtypeText, jsonExcerpt(field["shape"].json()),
                    expected ? std::to_string(*expected) : "more than can be counted"));
  return entry;
}

/// Sorts by place and checks that the data are covered exactly once.
void orderByPlace(std::vector<Entry>& entries, std::uint64_t dataBytes) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at)
      throw invalid("data_offsets begin at {}, expected {} where the tensor before it ends",
                    entry.begin, at)
          .in(fmt::format("tensor {}", quoted(entry.name)));
    at = entry.end;
  }
  if (at != dataBytes)
    throw invalid("tensors cover {} bytes of data, but the file has {}", at, dataBytes);
}

}  // namespace

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return parse(bytes, std::move(file), path.string());
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes,
                                                              std::shared_ptr<const void> owner,
                                                              std::string description) {
  return withContext(description, [&] {
    const std::string_view text = headerText(bytes);
    const auto data = bytes.subspan(kLengthBytes + text.size());
    const Json header = parseJson(text, "header");
    std::shared_ptr<SafetensorsFile> result(new SafetensorsFile);
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      const JsonField field(value, name == "__metadata__" ? name : "tensor " + quoted(name));
      if (name != "__metadata__") {
        entries.push_back(readEntry(name, field, data.size()));
        continue;
      }
      if (!value.is_object()) throw field.error("expected an object");
      for (const auto& item : value.items())
        result->metadata_[item.key()] = field.require<std::string>(item.key());
    }
    orderByPlace(entries, data.size());
    result->description_ = description;
    for (Entry& entry : entries) {
      entry.view.data = data.subspan(entry.begin, entry.end - entry.begin);
      entry.view.owner = owner;
      result->names_.push_back(entry.name);
      result->tensors_.emplace(std::move(entry.name), std::move(entry.view));
    }
    return std::shared_ptr<const SafetensorsFile>(std::move(result));
  });
}

std::optional<TensorView> SafetensorsFile::find(std::string_view name) const {
  const auto found = tensors_.find(std::string(name));
  if (found == tensors_.end()) return std::nullopt;
  return found->second;
}

}  // namespace orrery::checkpoint
