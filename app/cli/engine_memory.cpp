#include "app/cli/engine_memory.h"

#include <algorithm>
#include <type_traits>

#include "core/kernels/decode.h"

namespace orrery::engine {
namespace {

using checkpoint::DType;
using checkpoint::TensorHeader;
using kernels::Precision;
using protocol::MemoryEstimate;

constexpr std::int64_t kPrefillPiece = 256;  // as models/text/causal_session runs a prompt
constexpr std::int64_t kWindowSlack = 256;   // as nn/cache keeps beyond a window

// Measured as peaks of three models at 256 to 32768 tokens.
constexpr double kRuntimeBytes = 136e6;  // the program with LibTorch and its threads
constexpr double kTokenBytes = 320;      // the tokenizer and its file, for each token it knows
constexpr double kLooseEnds = 0.25;      // of the cache: what lies between its chunks
constexpr double kMost = 9e18;           // hostile sizes must not overflow

/// Type of the values that the key-value cache keeps.
using CacheValue = std::remove_cv_t<std::remove_pointer_t<decltype(kernels::CacheChunk::keys)>>;

/// The two tensors of MXFP4 experts, which the model unpacks itself (models/text/mxfp4.h).
bool isMxfp4Blocks(const std::string& name, const TensorHeader& header) {
  return header.dtype == DType::kU8 && name.ends_with("_blocks");
}
bool isMxfp4Scales(const std::string& name, const TensorHeader& header) {
  return header.dtype == DType::kU8 && name.ends_with("_scales");
}

/// Matrices are used in the precision asked for, vectors in float32.
DType typeInMemory(const std::string& name, const TensorHeader& header, Precision precision) {
  if (isMxfp4Blocks(name, header)) return kernels::dtypeInMemory(DType::kBF16, precision);
  return header.shape.size() < 2 ? DType::kF32 : kernels::dtypeInMemory(header.dtype, precision);
}

std::string formOf(const TensorHeader& header, DType used, bool packed) {
  if (used != header.dtype) return packed ? "unpacked" : "converted";
  if (!header.mapped) return "copied";
  return packed ? "packed" : "mapped";
}

std::int64_t whole(double bytes) {
  return static_cast<std::int64_t>(std::min(bytes, kMost));
}

}  // namespace

bool isUnused(const std::string& name, const TensorHeader& header) {
  return !kernels::holdsWeights(header.dtype) && !isMxfp4Blocks(name, header) &&
         !isMxfp4Scales(name, header);
}

std::int64_t valuesOf(const std::string& name, const TensorHeader& header) {
  if (isMxfp4Scales(name, header)) return 0;
  std::int64_t elements = isMxfp4Blocks(name, header) ? 2 : 1;
  for (const std::int64_t size : header.shape) elements *= size;
  return elements;
}

std::int64_t bytesInMemory(const std::string& name, const TensorHeader& header,
                           Precision precision) {
  if (isMxfp4Scales(name, header) || isUnused(name, header)) return 0;
  const DType used = typeInMemory(name, header, precision);
  if (used == header.dtype) return checkpoint::tensorBytes(used, header.shape).value_or(0);
  return valuesOf(name, header) * checkpoint::blockLayout(used).bytes;
}

protocol::TensorEntry tensorEntry(const std::string& name, const TensorHeader& header) {
  protocol::TensorEntry entry{
      .name = name,
      .dtype = std::string(checkpoint::dtypeName(header.dtype)),
      .shape = header.shape,
      .bytes = checkpoint::tensorBytes(header.dtype, header.shape).value_or(0),
      .memoryBytes = bytesInMemory(name, header, Precision::kAuto)};
  if (isUnused(name, header)) {
    entry.form = "unused";
    return entry;
  }
  const bool mxfp4 = isMxfp4Blocks(name, header) || isMxfp4Scales(name, header);
  const DType used =
      isMxfp4Scales(name, header) ? DType::kBF16 : typeInMemory(name, header, Precision::kAuto);
  entry.form = formOf(header, used, mxfp4 || checkpoint::isPacked(header.dtype));
  entry.memoryDtype = checkpoint::dtypeName(used);
  return entry;
}

std::int64_t bytesRead(const std::string& name, const TensorHeader& header, Precision precision) {
  const bool asStored = typeInMemory(name, header, precision) == header.dtype && header.mapped;
  if (asStored || isUnused(name, header)) return 0;
  return checkpoint::tensorBytes(header.dtype, header.shape).value_or(0);
}

WeightMemory weightMemory(const std::vector<protocol::TensorEntry>& tensors) {
  WeightMemory sum;
  for (const auto& tensor : tensors) {
    sum.used += tensor.memoryBytes;
    if (tensor.form == "unpacked" || tensor.form == "converted" || tensor.form == "copied")
      sum.read += tensor.bytes;
  }
  return sum;
}

MemoryEstimate estimateMemory(const models::ModelShape& shape, const WeightMemory& weights,
                              std::int64_t contextTokens, std::int64_t availableBytes) {
  const auto hidden = static_cast<double>(shape.hidden);
  const auto context = static_cast<double>(contextTokens);
  double tokens = 0;  // kept, over all layers
  for (const std::int64_t window : shape.windows)
    tokens += window > 0 ? std::min(context, static_cast<double>(window + kWindowSlack)) : context;
  const double cache = tokens * 2 * static_cast<double>(shape.kvHeads) *
                       static_cast<double>(shape.headDim) * sizeof(CacheValue);
  // Of one layer: some eight values of the hidden size and three of the wide one for each row; then
  // the logits of one row. An encoder takes all rows at once.
  const double rows =
      shape.windows.empty() ? context : std::min(context, static_cast<double>(kPrefillPiece));
  const double wide = shape.ffn > 0 ? static_cast<double>(shape.ffn) : 4 * hidden;
  const auto vocabulary = static_cast<double>(shape.vocab);
  const double work = 4 * (rows * (8 * hidden + 3 * wide) + vocabulary) + kLooseEnds * cache +
                      kRuntimeBytes + kTokenBytes * vocabulary + static_cast<double>(weights.read);
  MemoryEstimate estimate{.weightBytes = weights.used,
                          .cacheBytes = whole(cache),
                          .workBytes = whole(work),
                          .totalBytes = whole(static_cast<double>(weights.used) + cache + work),
                          .contextTokens = static_cast<int>(contextTokens)};
  estimate.fits = estimate.totalBytes <= availableBytes;
  return estimate;
}

std::vector<std::int64_t> usualContexts(const models::ModelShape& shape) {
  std::vector<std::int64_t> contexts;
  for (const std::int64_t usual : {1024, 4096, 16384})
    if (shape.maxPositions == 0 || usual < shape.maxPositions) contexts.push_back(usual);
  if (shape.maxPositions > 0) contexts.push_back(shape.maxPositions);
  return contexts;
}

}  // namespace orrery::engine
