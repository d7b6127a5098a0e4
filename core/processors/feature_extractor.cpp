#include "core/processors/feature_extractor.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/processors/sound_types.h"

namespace orrery::processors {
namespace {

namespace fs = std::filesystem;

struct ExtractorRow {
  std::string_view name;
  MakeExtractor make;
};

constexpr ExtractorRow kTypes[] = {
    {"ASTFeatureExtractor", makeAst},
    {"ClapFeatureExtractor", makeClap},
    {"SeamlessM4TFeatureExtractor", makeSeamlessM4T},
    {"SpeechT5FeatureExtractor", makeSpeechT5},
    {"Wav2Vec2FeatureExtractor", makeWav2Vec2},
    {"WhisperFeatureExtractor", makeWhisper},
};

/// model_type, and the type that transformers takes where the files name none.
constexpr std::pair<std::string_view, std::string_view> kModels[] = {
    {"audio-spectrogram-transformer", "ASTFeatureExtractor"},
    {"clap", "ClapFeatureExtractor"},
    {"data2vec-audio", "Wav2Vec2FeatureExtractor"},
    {"hubert", "Wav2Vec2FeatureExtractor"},
    {"speecht5", "SpeechT5FeatureExtractor"},
    {"wav2vec2", "Wav2Vec2FeatureExtractor"},
    {"wav2vec2-bert", "Wav2Vec2FeatureExtractor"},
    {"wavlm", "Wav2Vec2FeatureExtractor"},
    {"whisper", "WhisperFeatureExtractor"},
};

/// Every field that a feature extractor of transformers takes or once wrote; a blank before and
/// after each.
constexpr std::string_view kKnown =
    " acoustic_encoder_padder audio_compression_rate audio_delay_seconds audio_downsample_rate "
    "audio_feat_stride audio_samples_per_token audio_silence_prefix_seconds audio_token_duration_s "
    "auto_map center chroma_filters chunk_length chunk_length_s compression_clip_val "
    "compression_factor default_audio_length delta_win_length dither do_ceptral_normalize "
    "do_normalize eps feature_extractor_type feature_size fft_length fft_overdrive "
    "fft_window_size filter_length fmax fmin frame_length frame_length_ms frame_shift "
    "frame_signal_scale frequency_max frequency_min global_log_mel_max hop_length hop_length_ms "
    "input_scale_factor logmel_floor_db max_audio_clip_s max_frequency max_length max_length_s "
    "mean mel_filters mel_filters_slaney mel_floor mel_max_frequency mel_min_frequency mel_norms "
    "melspec_kwargs min_energy_window_samples min_frequency min_length model_in_channels n_fft "
    "n_freqs n_mels n_samples n_window nb_frequency_bins nb_max_frames nb_max_samples "
    "normalize_audio normalize_max normalize_means normalize_min normalize_vars num_bars "
    "num_chroma num_frames_lfr num_max_samples num_mel_bins overlap overlap_chunk_second "
    "pad_end_length pad_to_multiple_of padding padding_side padding_value per_bin_mean "
    "per_bin_stddev preemphasis preemphasis_htk_flavor processor_class projector_downsample_rate "
    "projector_window_size reduction_factor return_attention_mask sample_size sample_stride "
    "sampling_rate spectrogram std stem_indices stride stride_lfr target_dB_FS top_db "
    "transformers_version truncation win_function win_length window window_size "
    "window_size_multiplier ";

void requireKnown(const JsonField& file) {
  for (const auto& [key, value] : file.json().items())
    if (key.find(' ') != key.npos || kKnown.find(' ' + key + ' ') == kKnown.npos)
      throw Error(ErrorKind::kUnsupported, "no feature extractor knows this field")
          .in(quoted(key))
          .in(file.name());
}

const ExtractorRow& rowOf(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &ExtractorRow::name);
  if (found != std::end(kTypes)) return *found;
  std::string names;
  for (const auto& row : kTypes) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw Error(ErrorKind::kUnsupported, "{} is no known feature extractor; there are {}",
              quoted(name), names);
}

/// The type that the model of the folder tells of; empty if it does not.
std::string_view modelsType(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  if (!fs::exists(path)) return {};
  const Json config = readJsonFile(path);
  const auto model = JsonField(config, path.string()).find("model_type");
  const auto modelType = model ? model->as<std::string>() : std::string();
  for (const auto& [name, type] : kModels)
    if (name == modelType) return type;
  return {};
}

/// The type that the file names, else the model's.
std::string typeOf(const JsonField& file, const fs::path& folder) {
  if (const auto type = file.find("feature_extractor_type")) return type->as<std::string>();
  if (const auto type = modelsType(folder); !type.empty()) return std::string(type);
  throw Error(ErrorKind::kNotFound, "is missing, and the model's type tells of no extractor")
      .in("feature_extractor_type");
}

/// The members of the folder's file, with its name; nothing if there is no such file.
std::optional<std::pair<Json, std::string>> findFile(const fs::path& folder) {
  if (const fs::path path = folder / "processor_config.json"; fs::exists(path)) {
    const Json json = readJsonFile(path);
    if (const auto nested = JsonField(json, path.string()).find("feature_extractor"))
      return std::pair{nested->json(), nested->name()};
  }
  if (const fs::path path = folder / "preprocessor_config.json"; fs::exists(path))
    return std::pair{readJsonFile(path), path.string()};
  return std::nullopt;
}

}  // namespace

SoundSettings readSoundSettings(const JsonField& file, const SoundSettings& otherwise) {
  SoundSettings settings = otherwise;
  settings.featureSize = countIn(file, "feature_size", settings.featureSize, 4096);
  settings.samplingRate = countIn(file, "sampling_rate", settings.samplingRate);
  settings.paddingValue = numberIn(file, "padding_value", settings.paddingValue);
  settings.returnAttentionMask =
      file.get<bool>("return_attention_mask", settings.returnAttentionMask);
  settings.doNormalize = file.get<bool>("do_normalize", settings.doNormalize);
  const auto side = file.get<std::string>("padding_side", "right");
  if (side != "left" && side != "right")
    throw file["padding_side"].error(
        fmt::format("expected \"left\" or \"right\", found {}", quoted(side)));
  settings.padsLeft = side == "left";
  return settings;
}

int countIn(const JsonField& file, std::string_view key, int otherwise, int most) {
  const auto field = file.find(key);
  if (!field) return otherwise;
  const auto value = field->as<std::int64_t>();
  if (value < 1 || value > most)
    throw field->error(fmt::format("expected 1 to {}, found {}", most, value));
  return static_cast<int>(value);
}

double numberIn(const JsonField& file, std::string_view key, double otherwise) {
  const double value = file.get<double>(key, otherwise);
  if (!std::isfinite(value)) throw file[key].error("expected a finite number");
  return value;
}

std::unique_ptr<const FeatureExtractor> FeatureExtractor::fromFile(const JsonField& file,
                                                                   const fs::path& folder) {
  if (!file.json().is_object()) throw file.error("expected an object");
  const ExtractorRow& row = withContext(
      file.name(), [&]() -> const ExtractorRow& { return rowOf(typeOf(file, folder)); });
  requireKnown(file);
  return row.make(file);
}

std::unique_ptr<const FeatureExtractor> FeatureExtractor::load(const fs::path& folder) {
  const auto file = findFile(folder);
  if (!file)
    throw Error(ErrorKind::kNotFound,
                "has no feature extractor: expected preprocessor_config.json or "
                "processor_config.json")
        .in(folder.string());
  return fromFile(JsonField(file->first, file->second), folder);
}

bool hasFeatureExtractor(const fs::path& folder) {
  const auto file = findFile(folder);
  if (!file || !file->first.is_object()) return false;
  const JsonField field(file->first, file->second);
  if (field.has("image_processor_type")) return false;
  if (field.has("sampling_rate")) return true;
  // Image processors once called themselves so, too.
  const auto type = field.find("feature_extractor_type");
  if (type)
    return std::ranges::find(kTypes, type->as<std::string>(), &ExtractorRow::name) !=
           std::end(kTypes);
  return !modelsType(folder).empty();
}

}  // namespace orrery::processors
