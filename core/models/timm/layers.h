#pragma once

#include <functional>
#include <optional>

#include "core/base/json.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"

/// timm's layers, made from their names and arguments. A layer is a function: timm's models are
/// chains of layers that their arguments choose, so each builder composes functions.
namespace orrery::models::timm {

using Layer = std::function<at::Tensor(const at::Tensor&)>;

/// What returns its input.
at::Tensor identity(const at::Tensor& x);
/// first, then second.
Layer chain(Layer first, Layer second);

/// A place in the checkpoint. In a pruned model, shapes that differ from what the arguments say
/// come from timm's table.
struct Scope {
  nn::Weights weights;
  const Json* pruned = nullptr;  ///< {tensor: shape}; null: none
  std::size_t features = 0;      ///< feature maps that are wanted; 0: the whole model

  Scope operator/(std::string_view name) const { return {weights / name, pruned, features}; }
  Scope operator/(std::int64_t index) const { return {weights / index, pruned, features}; }
  /// `shape`, or what the pruned model has instead.
  nn::Shape shape(std::string_view name, const nn::Shape& shape) const;
  at::Tensor tensor(std::string_view name, const nn::Shape& shape) const;
};

/// A kind of layer in timm's arguments: a name, or {"$": name, …} with arguments of its own. Names
/// are compared without case and underscores, as timm has classes and short names for the same.
class Kind {
 public:
  Kind() = default;
  /// The member `key` of `arguments`; `otherwise` where it is absent or null.
  Kind(const JsonField& arguments, std::string_view key, const char* otherwise = "");
  /// A name without arguments.
  explicit Kind(const char* name);
  explicit Kind(const JsonField& value);

  const std::string& name() const { return name_; }
  explicit operator bool() const { return !name_.empty(); }
  double number(const char* key, double otherwise) const;
  std::int64_t integer(const char* key, std::int64_t otherwise) const;
  bool flag(const char* key, bool otherwise) const;
  /// The layer that the argument `key` names.
  Kind kind(const char* key, const char* otherwise = "") const;
  bool has(const char* key) const { return field_ && field_->has(key); }
  /// An Error about this layer, which names where it was asked for.
  Error unknown(std::string_view what) const;

 private:
  std::string name_;
  std::optional<JsonField> field_;
};

/// An activation that may overwrite its input.
using Act = at::Tensor (*)(at::Tensor);
Act activation(const Kind& kind);
Act activation(const char* name);

struct ConvSpec {
  std::int64_t kernel = 1, stride = 1, dilation = 1, groups = 1;
  bool bias = false;
  /// timm's: "" keeps the size at stride 1, "same" is TensorFlow's, "valid" none.
  std::string padding = {};
};
Layer conv(const Scope& scope, std::int64_t in, std::int64_t out, const ConvSpec& spec);

/// The same with weights [out, in / groups, kernel, kernel] that are made for this x.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const ConvSpec& spec);

Layer linear(const Scope& scope, std::int64_t in, std::int64_t out, bool bias = true);

/// A normalisation over the channels of [batch, channels, …]. `kind` with its eps and groups.
Layer norm2d(const Scope& scope, std::int64_t channels, const Kind& kind);
/// The same over the last dimension. `eps` is the kind's own where it does not say.
Layer normLast(const Scope& scope, std::int64_t channels, const Kind& kind, double eps);
/// Like `norm2d` with the activation of it; null: none.
Layer normAct(const Scope& scope, std::int64_t channels, const Kind& kind, Act act);

/// conv, norm, act; a batch norm becomes part of the convolution.
Layer convNormAct(const Scope& convScope, const Scope& normScope, std::int64_t in, std::int64_t out,
                  const ConvSpec& spec, const Kind& norm, Act act);

/// The anti-aliasing that takes over a stride: AvgPool2d, BlurPool2d, "blurpc".
Layer antialias(const Kind& kind, std::int64_t stride = 2);

/// The average of 2×2 pixels before the projection of a shortcut.
Layer averageHalf(std::int64_t stride, std::int64_t dilation);

/// Global pooling to [batch, channels]: avg, max, avgmax, catavgmax; "" leaves the map.
Layer globalPool(const std::string& type);
/// Factor by which that pooling widens the channels.
std::int64_t poolWidth(const std::string& type);
/// The classifier; `identity` where there are no classes.
Layer classifier(const Scope& scope, std::int64_t in, std::int64_t classes);

/// Channel attention: "se", "eca", "gc", … ; null where `kind` is empty.
Layer channelAttention(const Scope& scope, std::int64_t channels, const Kind& kind);

/// `value` rounded to a multiple of `divisor`, not below `limit` of it.
std::int64_t makeDivisible(double value, std::int64_t divisor = 8, double limit = 0.9);

/// An image side or patch that may be given as one number or as two.
std::array<std::int64_t, 2> pairOf(const JsonField& arguments, std::string_view key,
                                   std::int64_t otherwise);

}  // namespace orrery::models::timm
