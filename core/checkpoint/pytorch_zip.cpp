#include "core/checkpoint/pytorch_zip.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/checkpoint/pickle.h"
#include "core/checkpoint/zip_archive.h"

namespace orrery::checkpoint {
namespace {

using Entries = std::map<std::string, std::span<const std::byte>, std::less<>>;

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

/// The folder inside the archive that everything lies in ("archive/").
std::string rootOf(const Entries& entries) {
  for (const auto& [name, bytes] : entries)
    if (name.ends_with("/data.pkl")) return name.substr(0, name.size() - std::strlen("data.pkl"));
  throw invalid("holds no data.pkl, so it was not written by torch.save");
}

std::vector<std::int64_t> contiguousStrides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(1, shape[i]);
  }
  return strides;
}

bool isContiguous(const TensorView& view, const std::vector<std::int64_t>& strides) {
  const auto expected = contiguousStrides(view.shape);
  for (std::size_t i = 0; i < view.shape.size(); ++i)
    if (view.shape[i] > 1 && strides[i] != expected[i]) return false;
  return true;
}

/// Index of the last element, or an Error if a stride is negative or the sum overflows.
std::int64_t lastElement(const PickledTensor& tensor) {
  std::int64_t last = tensor.offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t step = 0;
    if (tensor.strides[i] < 0 ||
        __builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &step) ||
        __builtin_add_overflow(last, step, &last))
      throw invalid("strides [{}] are not possible", fmt::join(tensor.strides, ", "));
  }
  return last;
}

/// The storage from the tensor's first element on; checks that all elements lie inside.
TensorView windowOf(const PickledTensor& tensor, std::span<const std::byte> storage) {
  const std::int64_t size = blockLayout(tensor.dtype).bytes;
  const auto elements = static_cast<std::int64_t>(storage.size()) / size;
  const auto bytes = tensorBytes(tensor.dtype, tensor.shape);
  if (!bytes || tensor.shape.size() != tensor.strides.size() || tensor.offset < 0)
    throw invalid("shape [{}] is not possible", fmt::join(tensor.shape, ", "));
  if (*bytes == 0) return {tensor.dtype, tensor.shape, {}, nullptr};
  const std::int64_t last = lastElement(tensor);
  if (last >= elements)
    throw invalid("reaches element {} of a storage that has {}", last, elements);
  if (*bytes > static_cast<std::int64_t>(storage.size()))
    throw Error(ErrorKind::kUnsupported, "is an expanded view of {} bytes on a storage of {}",
                *bytes, storage.size());
  return {tensor.dtype, tensor.shape,
          storage.subspan(static_cast<std::size_t>(tensor.offset * size)), nullptr};
}

/// The elements in order, in bytes of their own.
TensorView gathered(const TensorView& window, const std::vector<std::int64_t>& strides) {
  const auto size = static_cast<std::size_t>(blockLayout(window.dtype).bytes);
  const auto elements = static_cast<std::size_t>(window.elements());
  auto bytes = std::make_shared<std::vector<std::byte>>(elements * size);
  std::vector<std::int64_t> index(window.shape.size(), 0);
  std::int64_t at = 0;
  for (std::size_t i = 0; i < elements; ++i) {
    std::memcpy(bytes->data() + i * size, window.data.data() + static_cast<std::size_t>(at) * size,
                size);
    for (std::size_t d = index.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < window.shape[d]) break;
      at -= strides[d] * window.shape[d];
      index[d] = 0;
    }
  }
  return {window.dtype, window.shape, {bytes->data(), bytes->size()}, bytes};
}

}  // namespace

std::shared_ptr<const PytorchFile> PytorchFile::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return parse(bytes, std::move(file), path.string());
}

std::shared_ptr<const PytorchFile> PytorchFile::parse(std::span<const std::byte> bytes,
                                                      std::shared_ptr<const void> owner,
                                                      std::string description) {
  return withContext(description, [&] {
    const Entries entries = readStoredZip(bytes);
    const std::string root = rootOf(entries);
    if (const auto order = entries.find(root + "byteorder");
        order != entries.end() && (order->second.empty() || order->second[0] != std::byte{'l'}))
      throw Error(ErrorKind::kUnsupported, "is not little-endian");
    std::shared_ptr<PytorchFile> result(new PytorchFile);
    result->description_ = description;
    const auto tensors = withContext(
        "data.pkl", [&] { return readStateDictPickle(entries.find(root + "data.pkl")->second); });
    for (const auto& entry : tensors) {
      const std::string& name = entry.first;
      const PickledTensor& tensor = entry.second;
      withContext("tensor " + quoted(name), [&] {
        const auto storage = entries.find(root + "data/" + tensor.storage);
        if (storage == entries.end())
          throw invalid("storage {} is missing", quoted(tensor.storage));
        Place place{windowOf(tensor, storage->second), tensor.strides};
        place.window.owner = owner;
        result->places_.emplace(name, std::move(place));
        result->names_.push_back(name);
      });
    }
    return std::shared_ptr<const PytorchFile>(std::move(result));
  });
}

std::optional<TensorView> PytorchFile::find(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return std::nullopt;
  const auto& [window, strides] = found->second;
  if (!isContiguous(window, strides)) return gathered(window, strides);
  TensorView view = window;
  view.data = window.data.first(static_cast<std::size_t>(*tensorBytes(view.dtype, view.shape)));
  return view;
}

}  // namespace orrery::checkpoint
