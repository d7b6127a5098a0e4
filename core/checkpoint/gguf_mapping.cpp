#include "core/checkpoint/gguf_mapping.h"

#include <charconv>

#include "core/base/error.h"
#include "core/checkpoint/gguf_architecture.h"
#include "core/checkpoint/gguf_config.h"
#include "core/checkpoint/gguf_layout.h"

namespace orrery::checkpoint {
namespace {

constexpr std::int64_t kMaxExperts = 4096;
constexpr std::string_view kMxfp4Blocks = "_blocks";
constexpr std::string_view kMxfp4Scales = "_scales";

/// Tensors that say something of the configuration, or that llama.cpp no longer writes.
bool isConfiguration(std::string_view name) {
  return name == "rope_freqs.weight" || name.starts_with("rope_factors_") ||
         name.ends_with(".attn_rot_embd.weight");
}

/// "blk.3.attn_q.weight" → stem "blk.attn_q", layer "3", suffix ".weight".
struct ParsedName {
  std::string stem;
  std::string_view layer;
  std::string_view suffix;
};

bool isNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

ParsedName parseName(std::string_view name) {
  ParsedName result;
  if (name.ends_with(".weight") || name.ends_with(".bias")) {
    const auto dot = name.rfind('.');
    result.suffix = name.substr(dot);
    name = name.substr(0, dot);
  }
  const auto block = name.find("blk.");
  if (block == std::string_view::npos) {
    result.stem = name;
    return result;
  }
  const auto begin = block + 4;
  const auto end = name.find('.', begin);
  if (end == std::string_view::npos || !isNumber(name.substr(begin, end - begin))) {
    result.stem = name;
    return result;
  }
  result.layer = name.substr(begin, end - begin);
  result.stem = std::string(name.substr(0, begin)) + std::string(name.substr(end + 1));
  return result;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

/// How one tensor of transformers is made of those in the file.
struct Recipe {
  std::string source;
  GgufLayout layout = GgufLayout::kSame;
  std::int64_t expert = 0;
  std::string_view form;  ///< kMxfp4Blocks or kMxfp4Scales
};

class GgufWeights : public WeightSource {
 public:
  GgufWeights(std::shared_ptr<const GgufFile> file, const GgufArchitecture& architecture,
              const Json& config)
      : file_(std::move(file)), architecture_(architecture) {
    const std::string_view heads =
        config.contains("num_attention_heads") ? "num_attention_heads" : "num_heads";
    heads_ = config.value(heads, std::int64_t{0});
    kvHeads_ = config.value("num_key_value_heads", heads_);
    for (const std::string& name : file_->names())
      if (!isConfiguration(name)) add(name);
  }

  std::optional<TensorView> find(std::string_view name) const override {
    const auto found = recipes_.find(name);
    if (found == recipes_.end()) return std::nullopt;
    return withContext(file_->description(), [&] {
      return withContext("tensor " + quoted(found->second.source),
                         [&] { return std::optional(make(found->second)); });
    });
  }
  std::optional<TensorHeader> header(std::string_view name) const override {
    const auto found = recipes_.find(name);
    if (found == recipes_.end()) return std::nullopt;
    const TensorView view = *file_->find(found->second.source);
    return headerOf(found->second, {view.dtype, view.shape, /*mapped=*/false});
  }
  std::vector<std::string> names() const override { return names_; }
  std::uint64_t bytes() const override { return file_->bytes(); }
  std::string description() const override { return file_->description(); }

 private:
  const GgufName* lookUp(std::string_view stem) const {
    for (const auto rows : {architecture_.own, architecture_.shared})
      for (const GgufName& row : rows)
        if (row.stem == stem) return &row;
    return nullptr;
  }

  std::string fullName(const GgufName& row, const ParsedName& parsed) const {
    std::string name(row.name);
    if (name.find("{wi}") != std::string::npos) {
      const bool gated =
          file_->find(parsed.stem.substr(0, 8) + std::string(parsed.layer) + ".ffn_gate.weight")
              .has_value();
      name = replaced(name, "{wi}", gated ? "wi_1" : "wi");
    }
    if (name.find("{l}") != std::string::npos) return replaced(name, "{l}", parsed.layer);
    if (parsed.layer.empty()) return name;
    return std::string(architecture_.layers) + std::string(parsed.layer) + "." + name;
  }

  void put(std::string name, Recipe recipe) {
    if (recipes_.emplace(name, std::move(recipe)).second) names_.push_back(std::move(name));
  }

  void add(const std::string& source) {
    const ParsedName parsed = parseName(source);
    const GgufName* row = lookUp(parsed.stem);
    if (parsed.stem == "blk.ffn_up_exps" && architecture_.name == "gpt-oss")
      return;  // with its gate
    if (!row) return put(source, {source});
    const std::string name = fullName(*row, parsed);
    const std::string suffix(parsed.suffix);
    switch (row->layout) {
      case GgufLayout::kExperts:
        return addExperts(name, suffix, source);
      case GgufLayout::kOssGateUp:
      case GgufLayout::kOssDown:
        return addOssExperts(name, suffix, source, row->layout);
      case GgufLayout::kTransposed:
        return put(name + suffix, {source, suffix == ".weight" ? row->layout : GgufLayout::kSame});
      default:
        // gpt-oss names its sinks without ".weight".
        return put(name.ends_with(".sinks") ? name : name + suffix, {source, row->layout});
    }
  }

  void addExperts(const std::string& name, const std::string& suffix, const std::string& source) {
    const TensorView view = *file_->find(source);
    if (view.shape.size() < 2 || view.shape[0] > kMaxExperts || view.data.empty())
      throw Error(ErrorKind::kInvalidInput, "expected the matrices of at most {} experts",
                  kMaxExperts)
          .in("tensor " + quoted(source));
    for (std::int64_t i = 0; i < view.shape[0]; ++i)
      put(replaced(name, "{e}", std::to_string(i)) + suffix, {source, GgufLayout::kExperts, i});
  }

  void addOssExperts(const std::string& name, const std::string& suffix, const std::string& source,
                     GgufLayout layout) {
    if (suffix == ".bias") return put(name + "_bias", {source, layout});
    if (file_->find(source)->dtype != DType::kMXFP4) return put(name, {source, layout});
    put(name + std::string(kMxfp4Blocks), {source, layout, 0, kMxfp4Blocks});
    put(name + std::string(kMxfp4Scales), {source, layout, 0, kMxfp4Scales});
  }

  TensorView make(const Recipe& recipe) const {
    TensorView view = *file_->find(recipe.source);
    switch (recipe.layout) {
      case GgufLayout::kSame:
        return view;
      case GgufLayout::kRotaryHeads:
        return withoutRotaryOrder(view, heads_);
      case GgufLayout::kRotaryKvHeads:
        return withoutRotaryOrder(view, kvHeads_);
      case GgufLayout::kFusedHeads:
        return withHeadsApart(view, heads_);
      case GgufLayout::kPlusOne:
        return lessOne(view);
      case GgufLayout::kTransposed:
        return transposed(view);
      case GgufLayout::kColumn:
        if (view.shape.size() == 1) view.shape.insert(view.shape.begin(), 1);
        return view;
      case GgufLayout::kExperts:
        return part(view, recipe.expert);
      case GgufLayout::kOssGateUp:
        return inOssForm(interleaved(view, require(replaced(recipe.source, "gate", "up"))), recipe);
      case GgufLayout::kOssDown:
        return inOssForm(view, recipe);
    }
    throw Error(ErrorKind::kInternal, "has a layout that is not known");
  }

  /// What make() gives, of what the source has.
  static TensorHeader headerOf(const Recipe& recipe, TensorHeader header) {
    auto& shape = header.shape;
    const bool matrix = shape.size() >= 2;
    switch (recipe.layout) {
      case GgufLayout::kSame:
        header.mapped = true;
        break;
      case GgufLayout::kColumn:
        header.mapped = true;
        if (!matrix) shape.insert(shape.begin(), 1);
        break;
      case GgufLayout::kExperts:
        header.mapped = true;
        shape.erase(shape.begin());
        break;
      case GgufLayout::kRotaryHeads:
      case GgufLayout::kRotaryKvHeads:
      case GgufLayout::kFusedHeads:
        break;
      case GgufLayout::kPlusOne:
        header.dtype = DType::kF32;
        break;
      case GgufLayout::kTransposed:
        if (matrix) turn(header);
        break;
      case GgufLayout::kOssGateUp:
        if (matrix) shape[shape.size() == 2 ? 1 : shape.size() - 2] *= 2;
        [[fallthrough]];
      case GgufLayout::kOssDown:
        putInOssForm(recipe, header);
        break;
    }
    return header;
  }

  static void turn(TensorHeader& header) {
    if (isPacked(header.dtype)) header.dtype = DType::kF32;
    std::swap(header.shape[header.shape.size() - 1], header.shape[header.shape.size() - 2]);
  }

  static void putInOssForm(const Recipe& recipe, TensorHeader& header) {
    if (recipe.form.empty()) {
      if (header.shape.size() == 3) turn(header);
      return;
    }
    header.dtype = DType::kU8;
    header.shape.back() /= blockLayout(DType::kMXFP4).elements;
    if (recipe.form == kMxfp4Blocks) header.shape.push_back(blockLayout(DType::kMXFP4).bytes - 1);
  }

  TensorView inOssForm(const TensorView& view, const Recipe& recipe) const {
    if (recipe.form == kMxfp4Blocks) return mxfp4Blocks(view);
    if (recipe.form == kMxfp4Scales) return mxfp4Scales(view);
    return view.shape.size() == 3 ? transposed(view) : view;
  }

  TensorView require(const std::string& name) const {
    auto view = file_->find(name);
    if (!view) throw Error(ErrorKind::kNotFound, "needs tensor {}, which is missing", quoted(name));
    return *std::move(view);
  }

  std::shared_ptr<const GgufFile> file_;
  GgufArchitecture architecture_;
  std::int64_t heads_ = 0;
  std::int64_t kvHeads_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, Recipe, std::less<>> recipes_;
};

}  // namespace

GgufModel mapGguf(std::shared_ptr<const GgufFile> file) {
  const std::string description = file->description();
  return withContext(description, [&] {
    const GgufArchitecture architecture = ggufArchitecture(*file);
    GgufModel result;
    result.config = ggufConfig(*file, architecture);
    const auto experts = file->find("blk.0.ffn_down_exps.weight");
    if (architecture.name == "gpt-oss" && experts && experts->dtype == DType::kMXFP4)
      result.config["quantization_config"] = {{"quant_method", "mxfp4"}};
    result.generationConfig = ggufGenerationConfig(*file);
    result.weights = std::make_shared<GgufWeights>(std::move(file), architecture, result.config);
    return result;
  });
}

}  // namespace orrery::checkpoint
