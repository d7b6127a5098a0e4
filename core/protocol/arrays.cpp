#include "core/protocol/arrays.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "core/base/error.h"

namespace orrery::protocol {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays travel as little endian");

constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
constexpr std::size_t kHeaderLimit = std::size_t{1} << 20;
constexpr auto kFloat = "F32";

template <class... Args>
Error broken(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kProtocol, fmt::format(text, std::forward<Args>(args)...)).in("arrays");
}

// Elements of a shape, or nothing if a side is negative or they exceed `limit`.
std::optional<std::size_t> elements(const std::vector<std::int64_t>& shape, std::size_t limit) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) {
    if (side < 0) return std::nullopt;
    if (side > 0 && count > limit / static_cast<std::size_t>(side)) return std::nullopt;
    count *= static_cast<std::size_t>(side);
  }
  return count;
}

Arrays::Array readArray(const JsonField& entry, std::string_view data) {
  Arrays::Array array;
  if (const auto type = entry.require<std::string>("dtype"); type != kFloat)
    throw entry.error(fmt::format("dtype is {}, expected {}", quoted(type), kFloat));
  array.shape = entry.require<std::vector<std::int64_t>>("shape");
  const auto range = entry.require<std::vector<std::int64_t>>("data_offsets");
  const auto count = elements(array.shape, data.size() / sizeof(float));
  if (!count || range.size() != 2 || range[0] < 0 || range[1] < range[0] ||
      static_cast<std::uint64_t>(range[1]) > data.size() ||
      static_cast<std::uint64_t>(range[1] - range[0]) != *count * sizeof(float))
    throw entry.error("shape and data_offsets do not fit each other or the data");
  array.values.resize(*count);
  if (*count > 0) std::memcpy(array.values.data(), data.data() + range[0], *count * sizeof(float));
  return array;
}

// The request that a Content-Id names: the number before its slash.
std::optional<std::int64_t> requestOf(std::string_view id) {
  std::int64_t request = 0;
  const auto [end, failure] = std::from_chars(id.data(), id.data() + id.size(), request);
  if (failure != std::errc{} || end == id.data() + id.size() || *end != '/') return std::nullopt;
  return request;
}

}  // namespace

Arrays Arrays::parse(std::string_view content) {
  std::uint64_t length = 0;
  if (content.size() < kLengthBytes) throw broken("{} bytes are no safetensors", content.size());
  std::memcpy(&length, content.data(), kLengthBytes);
  const std::string_view rest = content.substr(kLengthBytes);
  if (length > std::min(rest.size(), kHeaderLimit))
    throw broken("the header's length is {}, but {} bytes follow", length, rest.size());
  const auto header = static_cast<std::size_t>(length);
  Arrays arrays;
  try {
    const Json json = parseJson(rest.substr(0, header), "header");
    if (!json.is_object()) throw broken("the header is no object");
    for (const auto& [name, value] : json.items())
      if (name != "__metadata__")
        arrays.arrays_[name] = readArray(JsonField(value, quoted(name)), rest.substr(header));
  } catch (const Error& error) {
    throw broken("{}", error.what());
  }
  return arrays;
}

std::string Arrays::encoded() const {
  Json header = Json::object();
  std::size_t offset = 0;
  for (const auto& [name, array] : arrays_) {
    const std::size_t end = offset + array.values.size() * sizeof(float);
    header[name] = {{"dtype", kFloat}, {"shape", array.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const std::uint64_t length = text.size();
  std::string content(kLengthBytes, '\0');
  std::memcpy(content.data(), &length, kLengthBytes);
  content += text;
  content.reserve(content.size() + offset);
  for (const auto& [name, array] : arrays_)
    content.append(reinterpret_cast<const char*>(array.values.data()),
                   array.values.size() * sizeof(float));
  return content;
}

void Arrays::add(const std::string& name, std::vector<std::int64_t> shape,
                 std::vector<float> values) {
  if (elements(shape, values.size()) != values.size())
    throw Error(ErrorKind::kInvalidInput, "array {}: {} values do not fill its shape", quoted(name),
                values.size());
  arrays_[name] = {std::move(shape), std::move(values)};
}

const Arrays::Array& Arrays::at(const std::string& name, std::size_t dimensions) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) throw broken("none is named {}", quoted(name));
  if (found->second.shape.size() != dimensions)
    throw broken("{} has {} dimensions, expected {}", quoted(name), found->second.shape.size(),
                 dimensions);
  return found->second;
}

void ArrayInbox::keep(Frame frame) {
  if (const auto request = requestOf(frame.id))
    frames_[*request].insert_or_assign(std::move(frame.id), std::move(frame.content));
}

std::shared_ptr<const Arrays> ArrayInbox::take(std::int64_t request, const Json& result) {
  const auto node = frames_.extract(request);
  if (!result.is_object()) return nullptr;
  const auto arrays = result.find("arrays");
  if (arrays == result.end() || !arrays->is_string()) return nullptr;
  const auto id = arrays->get<std::string>();
  if (node.empty() || !node.mapped().contains(id))
    throw broken("the answer refers to {}, which did not come", quoted(id));
  return std::make_shared<const Arrays>(Arrays::parse(node.mapped().at(id)));
}

}  // namespace orrery::protocol
