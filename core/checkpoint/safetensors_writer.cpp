#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

namespace orrery::checkpoint {
namespace {

void checkWritable(const std::string& name, const TensorView& view) {
  const auto context = fmt::format("tensor {}", quoted(name));
  if (isPacked(view.dtype))
    throw Error(ErrorKind::kUnsupported,
                "{} has no place in a safetensors file; dequantize it first", dtypeName(view.dtype))
        .in(context);
  const auto bytes = tensorBytes(view.dtype, view.shape);
  if (!bytes || static_cast<std::uint64_t>(*bytes) != view.data.size())
    throw Error(ErrorKind::kInternal, "has {} bytes, which its shape and type {} do not take",
                view.data.size(), dtypeName(view.dtype))
        .in(context);
}

std::string_view textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A new file beside the target; renamed over it by commit(), removed otherwise. What is there and
/// no file (a device, a pipe) is written into: a rename would replace it.
class FileBeside {
 public:
  explicit FileBeside(std::filesystem::path target) : target_(std::move(target)), beside_(target_) {
    std::error_code ignored;
    replaces_ = !std::filesystem::exists(target_, ignored) ||
                std::filesystem::is_regular_file(target_, ignored);
    if (replaces_) beside_ += ".part-" + std::to_string(::getpid());
    descriptor_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail();
  }
  FileBeside(const FileBeside&) = delete;
  FileBeside& operator=(const FileBeside&) = delete;
  ~FileBeside() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (replaces_) ::unlink(beside_.c_str());
  }

  void write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(descriptor_, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void commit() {
    if (replaces_ && (::fsync(descriptor_) != 0 || ::rename(beside_.c_str(), target_.c_str()) != 0))
      fail();
    ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::kIo, "cannot be written: {}", std::strerror(errno)).in(target_.string());
  }

  std::filesystem::path target_;
  std::filesystem::path beside_;
  bool replaces_ = true;
  int descriptor_ = -1;
};

}  // namespace

std::string safetensorsHeader(const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata) {
  OrderedJson header = OrderedJson::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  std::map<std::string_view, bool> seen;
  for (const auto& [name, view] : tensors) {
    checkWritable(name, view);
    if (name == "__metadata__" || !seen.emplace(name, true).second)
      throw Error(ErrorKind::kInvalidInput, "is given twice or has a reserved name")
          .in(fmt::format("tensor {}", quoted(name)));
    const std::uint64_t end = at + view.data.size();
    header[name] = {
        {"dtype", dtypeName(view.dtype)}, {"shape", view.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string result;
  for (std::size_t i = 0; i < 8; ++i)
    result.push_back(static_cast<char>(text.size() >> (8 * i) & 0xFF));
  return result + text;
}

void writeSafetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata) {
  const std::string header =
      withContext(path.string(), [&] { return safetensorsHeader(tensors, metadata); });
  FileBeside file(path);
  file.write(header);
  for (const auto& [name, view] : tensors) file.write(textOf(view.data));
  file.commit();
}

std::string serializeSafetensors(const NamedTensors& tensors,
                                 const std::map<std::string, std::string>& metadata) {
  std::string result = safetensorsHeader(tensors, metadata);
  for (const auto& [name, view] : tensors) result += textOf(view.data);
  return result;
}

}  // namespace orrery::checkpoint
