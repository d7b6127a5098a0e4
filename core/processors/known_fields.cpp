#include "core/base/error.h"
#include "core/processors/settings.h"

namespace orrery::processors {
namespace {

/// Every field that an image processor of transformers takes, and those that older versions wrote;
/// a blank before and after each.
constexpr std::string_view kKnown =
    " _max_size _processor_class _valid_kwargs_names _valid_processor_keys apply_ocr auto_map "
    "background_color character_list class_info_file clusters codebook_crop_size "
    "codebook_do_center_crop codebook_do_map_pixels codebook_do_normalize codebook_do_rescale "
    "codebook_do_resize codebook_image_mean codebook_image_std codebook_resample "
    "codebook_rescale_factor codebook_size constant_values crop_pct crop_size crop_to_patches "
    "data_format default_to_square device disable_grouping do_affine_transform "
    "do_align_long_axis do_center_crop do_color_quantize do_convert_annotations do_convert_rgb "
    "do_crop_margin do_flip_channel_order do_grayscale do_image_splitting do_normalize do_pad "
    "do_pan_and_scan do_reduce_labels do_rescale do_resize do_split_image do_thumbnail "
    "downsample_factor downsample_mode downsample_ratio dynamic_hd encoder_patch_size "
    "ensure_multiple_of feature_extractor_type format header_text high_res_image_mean "
    "high_res_image_std high_res_resample high_res_size ignore_index image_area "
    "image_grid_pinpoints image_mean image_num_channels image_processor_class "
    "image_processor_type image_seq_length image_size image_std include_top input_data_format "
    "input_size_patches is_vqa keep_aspect_ratio keypoint_heatmap_downscale_factor "
    "keypoint_heatmap_sigma limit_side_len limit_type mask_group_max_aspect_ratio "
    "mask_group_max_patches mask_group_min_aspect_ratio mask_group_min_patches mask_pad_size "
    "mask_size masks_path max_image_size max_image_tiles max_image_tokens max_image_width "
    "max_model_len max_num_patches max_num_tiles max_patches max_pixels max_pixels_tolerance "
    "max_side max_side_limit max_size max_slice_nums max_soft_tokens max_tiles merge_size "
    "metadata min_image_size min_image_tokens min_num_patches min_patches min_pixels min_size "
    "min_tiles normalize_factor num_channels num_labels num_queries num_text ocr_lang "
    "pad_and_return_pixel_mask pad_mode pad_size padding_mode padding_value "
    "pan_and_scan_max_num_crops pan_and_scan_min_crop_size pan_and_scan_min_ratio_to_activate "
    "patch_expand_factor patch_size pooling_kernel_size processor_class prompt_scale_to_meter "
    "ratio reduce_labels repo_path resample rescale_factor rescale_image_frac "
    "rescale_image_max_upscaled_long_edge rescale_offset resize_short resize_to_max_canvas "
    "return_codebook_pixels return_image_mask return_row_col_info return_segmentation_masks "
    "return_tensors scale_resolution size size_divisibility size_divisor slice_mode split_image "
    "split_resolutions temporal_patch_size tesseract_config tile_size total_mask_patches "
    "transform transformers_version use_covering_area_grid use_fast use_image_id use_thumbnail "
    "vision_input_type ";

/// What video processors take besides.
constexpr std::string_view kKnownOfVideos =
    " cap_pixels_per_frame do_sample_frames fps max_duration max_frames max_video_tokens "
    "min_frames num_frames return_metadata use_token_compression video_metadata "
    "video_processor_type video_sampling video_seq_length video_token_id ";

bool isAmong(std::string_view words, const std::string& key) {
  return key.find(' ') == key.npos && words.find(' ' + key + ' ') != words.npos;
}

}  // namespace

void requireKnownFields(const JsonField& file, ProcessorKind kind) {
  const bool isVideo = kind == ProcessorKind::kVideo;
  for (const auto& [key, value] : file.json().items())
    if (!isAmong(kKnown, key) && !(isVideo && isAmong(kKnownOfVideos, key)))
      throw Error(ErrorKind::kUnsupported, "no {} processor knows this field",
                  isVideo ? "video" : "image")
          .in(quoted(key))
          .in(file.name());
}

}  // namespace orrery::processors
