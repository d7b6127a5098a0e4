#include "core/processors/types.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

// Parts of the defaults below.
#define HALF R"("image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],)"
#define IMAGENET R"("image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],)"
#define CLIP                                              \
  R"("image_mean": [0.48145466, 0.4578275, 0.40821073],)" \
  R"("image_std": [0.26862954, 0.26130258, 0.27577711],)"
#define ALL_STEPS R"("do_resize": true, "do_rescale": true, "do_normalize": true)"
#define BILINEAR R"("resample": 2,)"
#define BICUBIC R"("resample": 3,)"
#define SQUARE(edge) R"("size": {"height": )" #edge R"(, "width": )" #edge "},"
#define SHORTEST(edge) R"("size": {"shortest_edge": )" #edge "},"
#define CROP(edge) R"("do_center_crop": true, "crop_size": )" #edge ","
#define MAY_CROP R"("do_center_crop": false,)"
#define DETR_SIZE R"("size": {"shortest_edge": 800, "longest_edge": 1333},)"
#define TILES                                                                    \
  R"({"size": {"longest_edge": 1456}, "max_image_size": {"longest_edge": 364},)" \
  R"("resample": 1, "do_image_splitting": true, "do_pad": true,)" HALF ALL_STEPS "}"

constexpr auto kSize = ResizeRule::kSize;
constexpr auto kIfAsked = PadRule::kIfAsked;
constexpr auto kMask = PadRule::kIfAskedMask;
constexpr auto kSquare = SizeStyle::kSquare;
constexpr auto kShortest = SizeStyle::kShortestEdge;
constexpr auto kDetr = SizeStyle::kDetr;
constexpr auto kMaskFormer = SizeStyle::kMaskFormer;

constexpr TypeRow kTypes[] = {
    {"BeitImageProcessor", kSize, PadRule::kNever, kSquare, makeStandard,
     "{" SQUARE(224) BICUBIC R"("crop_size": 224,)" MAY_CROP HALF ALL_STEPS "}"},
    {"BitImageProcessor", kSize, kIfAsked, kShortest, makeStandard,
     "{" SHORTEST(224) BICUBIC CROP(224) CLIP ALL_STEPS "}"},
    {"BlipImageProcessor", kSize, kIfAsked, kSquare, makeStandard,
     "{" SQUARE(384) BICUBIC MAY_CROP CLIP ALL_STEPS "}"},
    {"CLIPImageProcessor", kSize, kIfAsked, kShortest, makeStandard,
     "{" SHORTEST(224) BICUBIC CROP(224) CLIP ALL_STEPS "}"},
    {"ConditionalDetrImageProcessor", kSize, kMask, kDetr, makeStandard,
     "{" DETR_SIZE BILINEAR IMAGENET R"("do_pad": true,)" ALL_STEPS "}"},
    {"ConvNextImageProcessor", ResizeRule::kConvNext, PadRule::kNever, kShortest, makeStandard,
     "{" SHORTEST(384) BICUBIC R"("crop_pct": 0.875,)" MAY_CROP HALF ALL_STEPS "}"},
    {"DeformableDetrImageProcessor", kSize, kMask, kDetr, makeStandard,
     "{" DETR_SIZE BILINEAR IMAGENET R"("do_pad": true,)" ALL_STEPS "}"},
    {"DeiTImageProcessor", kSize, kIfAsked, kSquare, makeStandard,
     "{" SQUARE(256) BICUBIC CROP(224) HALF ALL_STEPS "}"},
    {"DetrImageProcessor", kSize, kMask, kDetr, makeStandard,
     "{" DETR_SIZE BILINEAR IMAGENET R"("do_pad": true,)" ALL_STEPS "}"},
    {"DPTImageProcessor", ResizeRule::kDpt, PadRule::kCentred, kSquare, makeStandard,
     "{" SQUARE(384) BICUBIC MAY_CROP HALF
     R"("ensure_multiple_of": 1, "keep_aspect_ratio": false,)" ALL_STEPS "}"},
    {"EfficientNetImageProcessor", kSize, PadRule::kNever, kSquare, makeStandard,
     "{" SQUARE(346) BICUBIC
     R"("crop_size": 289, "include_top": true, "rescale_offset": false,)" MAY_CROP HALF ALL_STEPS
     "}"},
    {"GLPNImageProcessor", ResizeRule::kGlpn, PadRule::kNever, kSquare, makeStandard,
     "{" BILINEAR R"("size_divisor": 32, "do_resize": true, "do_rescale": true,)"
     R"("do_normalize": false})"},
    {"Idefics3ImageProcessor", kSize, PadRule::kNever, kSquare, makeIdefics3, TILES},
    {"LlavaImageProcessor", kSize, PadRule::kSquareBefore, kShortest, makeStandard,
     "{" SHORTEST(224) BICUBIC CROP(224) CLIP ALL_STEPS "}"},
    {"Mask2FormerImageProcessor", ResizeRule::kDivisible, PadRule::kAlwaysMask, kMaskFormer,
     makeStandard, "{" DETR_SIZE BILINEAR IMAGENET R"("size_divisor": 32,)" ALL_STEPS "}"},
    {"MaskFormerImageProcessor", ResizeRule::kDivisible, PadRule::kAlwaysMask, kMaskFormer,
     makeStandard, "{" DETR_SIZE BILINEAR IMAGENET R"("size_divisor": 32,)" ALL_STEPS "}"},
    {"MobileNetV1ImageProcessor", kSize, kIfAsked, kShortest, makeStandard,
     "{" SHORTEST(256) BILINEAR CROP(224) HALF ALL_STEPS "}"},
    {"MobileNetV2ImageProcessor", kSize, PadRule::kNever, kShortest, makeStandard,
     "{" SHORTEST(256) BILINEAR CROP(224) HALF ALL_STEPS "}"},
    {"MobileViTImageProcessor", kSize, PadRule::kNever, kShortest, makeStandard,
     "{" SHORTEST(224) BICUBIC CROP(
         256) R"("do_flip_channel_order": true, "do_resize": true, "do_rescale": true})"},
    {"OneFormerImageProcessor", kSize, PadRule::kAlwaysMask, kShortest, makeStandard,
     "{" DETR_SIZE BILINEAR IMAGENET ALL_STEPS "}"},
    {"Qwen2VLImageProcessor", ResizeRule::kPixels, PadRule::kNever, SizeStyle::kPixels, makeQwen2Vl,
     R"({"size": {"shortest_edge": 3136, "longest_edge": 1003520}, "patch_size": 14,
         "temporal_patch_size": 2, "merge_size": 2,)" BICUBIC CLIP ALL_STEPS "}"},
    {"RTDetrImageProcessor", kSize, kMask, kShortest, makeStandard,
     "{" SQUARE(640) BILINEAR IMAGENET
     R"("do_resize": true, "do_rescale": true, "do_normalize": false})"},
    {"SamImageProcessor", ResizeRule::kLongestEdge, kIfAsked, kSquare, makeStandard,
     R"({"size": {"longest_edge": 1024}, "do_pad": true, "pad_size": 1024,)" BILINEAR IMAGENET
         ALL_STEPS "}"},
    {"SegformerImageProcessor", kSize, kIfAsked, kSquare, makeStandard,
     "{" SQUARE(512) BILINEAR IMAGENET ALL_STEPS "}"},
    {"Siglip2ImageProcessor", kSize, PadRule::kNever, kSquare, makeSiglip2,
     R"({"patch_size": 16, "max_num_patches": 256,)" BILINEAR HALF ALL_STEPS "}"},
    {"SiglipImageProcessor", kSize, kIfAsked, kShortest, makeStandard,
     "{" SQUARE(224) BICUBIC MAY_CROP HALF ALL_STEPS "}"},
    {"SmolVLMImageProcessor", kSize, PadRule::kNever, kSquare, makeIdefics3, TILES},
    {"VitMatteImageProcessor", kSize, PadRule::kNever, SizeStyle::kVitMatte, makeVitMatte,
     "{" HALF R"("do_pad": true, "size_divisor": 32, "do_rescale": true, "do_normalize": true})"},
    {"ViTImageProcessor", kSize, kIfAsked, kSquare, makeStandard,
     "{" SQUARE(224) BILINEAR MAY_CROP HALF ALL_STEPS "}"},
    {"YolosImageProcessor", ResizeRule::kYolos, kMask, kDetr, makeStandard,
     "{" DETR_SIZE BILINEAR IMAGENET R"("do_pad": true,)" ALL_STEPS "}"},
};

/// model_type, type.
constexpr std::pair<std::string_view, std::string_view> kModels[] = {
    {"beit", "BeitImageProcessor"},
    {"bit", "BitImageProcessor"},
    {"blip", "BlipImageProcessor"},
    {"blip-2", "BlipImageProcessor"},
    {"clip", "CLIPImageProcessor"},
    {"conditional_detr", "ConditionalDetrImageProcessor"},
    {"convnext", "ConvNextImageProcessor"},
    {"convnextv2", "ConvNextImageProcessor"},
    {"deformable_detr", "DeformableDetrImageProcessor"},
    {"deit", "DeiTImageProcessor"},
    {"depth_anything", "DPTImageProcessor"},
    {"detr", "DetrImageProcessor"},
    {"dinov2", "BitImageProcessor"},
    {"dpt", "DPTImageProcessor"},
    {"efficientnet", "EfficientNetImageProcessor"},
    {"glpn", "GLPNImageProcessor"},
    {"idefics3", "Idefics3ImageProcessor"},
    {"llava", "LlavaImageProcessor"},
    {"mask2former", "Mask2FormerImageProcessor"},
    {"maskformer", "MaskFormerImageProcessor"},
    {"mobilenet_v1", "MobileNetV1ImageProcessor"},
    {"mobilenet_v2", "MobileNetV2ImageProcessor"},
    {"mobilevit", "MobileViTImageProcessor"},
    {"oneformer", "OneFormerImageProcessor"},
    {"paligemma", "SiglipImageProcessor"},
    {"qwen2_vl", "Qwen2VLImageProcessor"},
    {"regnet", "ConvNextImageProcessor"},
    {"resnet", "ConvNextImageProcessor"},
    {"rt_detr", "RTDetrImageProcessor"},
    {"sam", "SamImageProcessor"},
    {"segformer", "SegformerImageProcessor"},
    {"siglip", "SiglipImageProcessor"},
    {"siglip2", "Siglip2ImageProcessor"},
    {"smolvlm", "SmolVLMImageProcessor"},
    {"swin", "ViTImageProcessor"},
    {"swinv2", "ViTImageProcessor"},
    {"table-transformer", "DetrImageProcessor"},
    {"upernet", "SegformerImageProcessor"},
    {"vit", "ViTImageProcessor"},
    {"vitmatte", "VitMatteImageProcessor"},
    {"yolos", "YolosImageProcessor"},
};

}  // namespace

const TypeRow& typeRow(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &TypeRow::name);
  if (found != std::end(kTypes)) return *found;
  std::string names;
  for (const TypeRow& row : kTypes) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw Error(ErrorKind::kUnsupported, "{} is no known image processor; there are {}", quoted(name),
              names);
}

void requireInputs(std::string_view type, std::span<const media::Image> images,
                   std::span<const media::Image> trimaps) {
  if (images.empty()) throw Error(ErrorKind::kInvalidInput, "{} needs a picture", type);
  if (!trimaps.empty()) throw Error(ErrorKind::kInvalidInput, "{} takes no trimaps", type);
  for (const media::Image& image : images)
    if (image.channels != 3)
      throw Error(ErrorKind::kInvalidInput, "{} needs RGB pictures, found {} channels", type,
                  image.channels);
}

std::string_view typeForModel(std::string_view modelType) {
  for (const auto& [model, type] : kModels)
    if (model == modelType) return type;
  return {};
}

}  // namespace orrery::processors
