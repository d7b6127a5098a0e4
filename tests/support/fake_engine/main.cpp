// fake_engine [SCRIPT.json]: serves the protocol on standard input and output from a script,
// without a model, so that the window's tests need neither. As `fake_engine engine`, in place of
// orrery-cli, it takes the script that ORRERY_FAKE_SCRIPT names. Every member of the script may be
// left out:
//
//   {"models": [ModelEntry…],             what library/list answers
//    "info": ModelInfo,                   what model/load answers (path is the request's)
//    "load_ms": 0, "load_error": "…",     how long loading takes, with progress; how it fails
//    "reply": ["Hello", " there", "!"],   the tokens of generate: id = 100 + position
//    "token_ms": 0,                       pause before each token
//    "crash_after": 5,                    tokens after which it kills itself with SIGKILL
//    "fields": [GenerationField…], "strategies": ["greedy", "sample"],
//    "results": {"object-detection": […]}, what pipeline/run answers, by task
//    "run_ms": 0,                         how long that takes, with progress
//    "picture": [height, width],          of every picture
//    "partials": [{"draft": …}…],         what pipeline/run tells before its answer
//    "sound_s": 4,                        length of every sound, a tone that swells
//    "table_rows": 400,                   rows of every table (tables.h says what is in it)
//    "train": TrainScript,                 how runs go (train.h)
//    "sound_model": SoundModelResult,     what sound/model answers; a multilingual Whisper
//    "options": {"task": "transcribe"},   options that pipeline/run must be given, no others
//    "by_path": {"/models/b": {…}}}       other members for the requests that name that model
//
// A result that refers to an array ({"depth": {"size", "array"}}) gets a ramp of that size, one of
// text-to-audio half a second of a tone. What
// vision/segment cuts out are discs around the points, and the box; its logits know the discs only.
//
// Settings work as far as a script can: max_new_tokens cuts the reply. tokenize makes a token of
// every word, template joins the messages.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <thread>

#include "core/protocol/generate.h"
#include "core/protocol/library.h"
#include "core/protocol/model.h"
#include "core/protocol/pipeline.h"
#include "core/protocol/server.h"
#include "core/protocol/sound.h"
#include "core/protocol/text.h"
#include "core/protocol/vision.h"
#include "tests/support/fake_engine/tables.h"
#include "tests/support/fake_engine/train.h"

namespace orrery::protocol {
namespace {

struct Script {
  std::vector<ModelEntry> models;
  ModelInfo info{.path = "",
                 .name = "fake",
                 .modelType = "fake",
                 .vocabSize = 1000,
                 .contextLength = 2048,
                 .layers = 2,
                 .hasChatTemplate = true,
                 .takesPictures = true};
  int loadMs = 0;
  std::optional<std::string> loadError;
  std::vector<std::string> reply{"Hello", " there", ",", " what", " can", " I", " do", "?"};
  int tokenMs = 0;
  std::optional<int> crashAfter;
  std::vector<GenerationField> fields_{{.name = "temperature", .type = "float", .minimum = 0.0}};
  std::vector<std::string> strategies{"greedy", "sample"};
  Json results = Json::object();
  int runMs = 0;
  std::array<int, 2> picture{300, 451};
  std::vector<Json> partials;
  double soundSeconds = 4;
  std::int64_t tableRows = 400;
  TrainScript train;
  SoundModelResult soundModel{.pipelines = {"automatic-speech-recognition"},
                              .recogniser = "whisper",
                              .multilingual = true,
                              .languages = {"de", "en", "haw"},
                              .tasks = {"transcribe", "translate"}};
  std::optional<Json> options;
  Json byPath = Json::object();

  /// With what is said of one model.
  Script of(const std::string& path) const {
    Script result = *this;
    if (byPath.contains(path)) fromJson(JsonField(byPath.at(path), "by_path." + path), result);
    return result;
  }

  static void fields(auto& f, auto& self) {
    f.optional("models", self.models);
    f.optional("info", self.info);
    f.optional("load_ms", self.loadMs);
    f.optional("load_error", self.loadError);
    f.optional("reply", self.reply);
    f.optional("token_ms", self.tokenMs);
    f.optional("crash_after", self.crashAfter);
    f.optional("fields", self.fields_);
    f.optional("strategies", self.strategies);
    f.optional("results", self.results);
    f.optional("run_ms", self.runMs);
    f.optional("picture", self.picture);
    f.optional("partials", self.partials);
    f.optional("sound_s", self.soundSeconds);
    f.optional("table_rows", self.tableRows);
    f.optional("train", self.train);
    f.optional("sound_model", self.soundModel);
    f.optional("options", self.options);
    f.optional("by_path", self.byPath);
  }
};

void pause(int milliseconds, const CancelToken& cancel) {
  for (int waited = 0; waited < milliseconds; waited += 5) {
    cancel.throwIfCancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(5, milliseconds - waited)));
  }
  cancel.throwIfCancelled();
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

/// A picture of a message becomes its path in angle brackets.
std::string rendered(const Json& messages) {
  std::string text;
  for (const Json& message : messages) {
    text += message.value("role", "") + ": ";
    const Json& content = message.at("content");
    if (content.is_string()) text += content.get<std::string>();
    if (content.is_array())
      for (const Json& part : content)
        text +=
            part.contains("path") ? "<" + part.value("path", "") + "> " : part.value("text", "");
    text += "\n";
  }
  return text;
}

/// A believable token: probabilities fall and rise so that plots have something to show.
GeneratedToken tokenAt(const Script& script, std::size_t index, int top) {
  const double p = 0.5 + 0.45 * std::cos(static_cast<double>(index));
  GeneratedToken token{.id = 100 + static_cast<int>(index),
                       .text = script.reply[index],
                       .logprob = std::log(p),
                       .entropy = -std::log(p)};
  for (int k = 0; k < top; ++k)
    token.top.push_back({token.id + 500 * k, k == 0 ? token.text : " other" + std::to_string(k),
                         token.logprob - k});
  return token;
}

TokenizeResult tokenizeWords(const TokenizeParams& params) {
  TokenizeResult result;
  std::size_t at = 0;
  for (const std::string& word : words(params.text)) {
    at = params.text.find(word, at);
    result.ids.push_back(static_cast<int>(result.ids.size()));
    result.tokens.push_back(word);
    result.offsets.push_back(
        {static_cast<std::int64_t>(at), static_cast<std::int64_t>(at + word.size())});
    at += word.size();
  }
  return result;
}

ModelInfo load(const Script& script, const LoadModelParams& params, RequestContext& context) {
  for (int step = 1; step <= 10; ++step) {
    pause(script.loadMs / 10, context.cancel);
    context.progress({.what = "loading", .unit = "bytes", .done = step * 1e6, .total = 1e7});
  }
  if (script.loadError) throw Error(ErrorKind::kInvalidInput, *script.loadError);
  ModelInfo info = script.info;
  info.path = params.path;
  return info;
}

GenerateResult generate(const Script& script, const GenerateParams& params,
                        RequestContext& context) {
  const std::string prompt =
      params.prompt.messages ? rendered(*params.prompt.messages) : params.prompt.text.value_or("");
  GenerateResult result;
  result.promptIds = params.prompt.ids.value_or(tokenizeWords({.text = prompt}).ids);
  const auto limit = params.generation.value("max_new_tokens", script.reply.size());
  GeneratedSequence sequence{.finishReason = limit < script.reply.size() ? "length" : "eos"};
  for (std::size_t i = 0; i < std::min(limit, script.reply.size()); ++i) {
    pause(script.tokenMs, context.cancel);
    if (script.crashAfter && i >= static_cast<std::size_t>(*script.crashAfter)) ::raise(SIGKILL);
    GeneratedToken token = tokenAt(script, i, params.top);
    context.notify(TokenParams{.index = static_cast<int>(i), .token = token});
    sequence.ids.push_back(token.id);
    sequence.text += token.text;
    sequence.score += token.logprob;
    sequence.tokens.push_back(std::move(token));
  }
  result.timings = {.prefillTokens = static_cast<int>(result.promptIds.size()),
                    .prefillSeconds = 0.01,
                    .decodeTokens = static_cast<int>(sequence.ids.size()),
                    .decodeSeconds = 0.001 * script.tokenMs * static_cast<double>(limit) + 1e-3};
  result.sequences.push_back(std::move(sequence));
  return result;
}

ExplainStepResult explain(const ExplainStepParams& params) {
  const double temperature = std::max(0.01, params.generation.value("temperature", 1.0));
  ExplainStepResult result{.kept = params.top};
  for (int k = 0; k < params.top; ++k)
    result.candidates.push_back(
        {k, "token" + std::to_string(k), -1.0 - k, (-1.0 - k) / temperature});
  return result;
}

/// A ramp from the top left, which every reader of the array can reckon: (x + y) / (w + h).
Arrays ramp(const std::string& name, int height, int width) {
  std::vector<float> values;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      values.push_back(static_cast<float>(x + y) / static_cast<float>(height + width));
  Arrays arrays;
  arrays.add(name, {height, width}, std::move(values));
  return arrays;
}

/// Half a second of a tone.
Arrays tone(int rate) {
  std::vector<float> samples;
  for (int i = 0; i < rate / 2; ++i)
    samples.push_back(
        0.5F * std::sin(6.2832F * 440.0F * static_cast<float>(i) / static_cast<float>(rate)));
  Arrays arrays;
  const auto count = static_cast<std::int64_t>(samples.size());
  arrays.add("audio", {1, count}, std::move(samples));
  return arrays;
}

RunPipelineResult runPipeline(const Script& script, const RunPipelineParams& params,
                              RequestContext& context) {
  if (script.options && *script.options != params.options)
    throw Error(ErrorKind::kInvalidInput, "expected the options {}, found {}",
                script.options->dump(), params.options.dump());
  for (int step = 1; step <= 10; ++step) {
    pause(script.runMs / 10, context.cancel);
    context.progress({.what = "running", .unit = "steps", .done = 1.0 * step, .total = 10});
  }
  for (const Json& partial : script.partials) {
    pause(script.tokenMs, context.cancel);
    context.notify(PipelinePartial{.request = {}, .partial = partial});
  }
  if (script.crashAfter) ::raise(SIGKILL);
  if (params.task == "time-series-forecasting" && !script.results.contains(params.task))
    return fakeForecast(params, script.tableRows, context);
  if (!script.results.contains(params.task))
    throw Error(ErrorKind::kUnsupported, "the script has no result for {}", params.task);
  RunPipelineResult result{.result = script.results.at(params.task), .runSeconds = 0.21};
  if (params.task == "depth-estimation") {
    const auto size = result.result.at("depth").at("size").get<std::array<int, 2>>();
    result.arrays = context.sendArrays(ramp("depth", size[0], size[1]));
  }
  if (params.task == "text-to-audio")
    result.arrays = context.sendArrays(tone(result.result.at("sampling_rate").get<int>()));
  return result;
}

/// A disc around each point that belongs and the box, without discs around the others.
RleMask cutOut(const Script& script, const SegmentParams& params, double radius) {
  const auto [height, width] = script.picture;
  std::vector<std::uint8_t> pixels;
  const auto near = [&](int x, int y, int label) {
    for (std::size_t i = 0; i < params.points.size(); ++i)
      if (params.labels[i] == label &&
          std::hypot(x - params.points[i][0], y - params.points[i][1]) < radius)
        return true;
    return false;
  };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool boxed = params.box && x >= (*params.box)[0] && y >= (*params.box)[1] &&
                         x < (*params.box)[2] && y < (*params.box)[3];
      pixels.push_back((boxed || near(x, y, 1)) && !near(x, y, 0));
    }
  return rleFromPixels(pixels, height, width);
}

/// Falls by 1 for ten pixels away from the points that belong; 0 at `radius`.
void addLogits(const Script& script, const SegmentParams& params, double radius,
               std::vector<float>& logits) {
  for (int y = 0; y < script.picture[0]; ++y)
    for (int x = 0; x < script.picture[1]; ++x) {
      double nearest = 1000;
      for (std::size_t i = 0; i < params.points.size(); ++i)
        if (params.labels[i] == 1)
          nearest = std::min(nearest, std::hypot(x - params.points[i][0], y - params.points[i][1]));
      logits.push_back(static_cast<float>((radius - nearest) / 10));
    }
}

SegmentResult segment(const Script& script, const SegmentParams& params, RequestContext& context) {
  SegmentResult result{.embeddedSeconds = 0.4};
  std::vector<float> logits;
  for (const double radius : {60.0, 30.0, 100.0}) {
    result.masks.push_back(cutOut(script, params, radius));
    result.scores.push_back(0.95 - radius / 1000);
    addLogits(script, params, radius, logits);
    if (!params.multimask) break;
  }
  Arrays arrays;
  arrays.add("logits",
             {static_cast<std::int64_t>(result.masks.size()), script.picture[0], script.picture[1]},
             std::move(logits));
  result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

SoundOverviewResult overview(const Script& script, const SoundOverviewParams& params,
                             RequestContext& context) {
  constexpr int kPerSecond = 100, kBands = 64;
  if (params.path.find("broken") != params.path.npos)
    throw Error(ErrorKind::kInvalidInput, "{}: holds no sound", params.path);
  const auto steps = static_cast<std::int64_t>(script.soundSeconds * kPerSecond);
  std::vector<float> low, high, mel;
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto swing =
        static_cast<float>(0.05 + 0.6 * std::abs(std::sin(0.04 * static_cast<double>(i))));
    low.push_back(-swing);
    high.push_back(swing);
    for (int band = 0; band < kBands; ++band)
      mel.push_back(std::max(0.0F, swing * 1.4F - 0.02F * static_cast<float>(std::abs(band - 20))));
  }
  Arrays arrays;
  arrays.add("low", {steps}, std::move(low));
  arrays.add("high", {steps}, std::move(high));
  arrays.add("mel", {steps, kBands}, std::move(mel));
  SoundOverviewResult result{.seconds = script.soundSeconds,
                             .rate = 16000,
                             .channels = 1,
                             .peaksPerSecond = kPerSecond,
                             .columnsPerSecond = kPerSecond};
  result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

void serveModels(Server& server, const Script& script) {
  server.on<RunPipelineParams>([&](const RunPipelineParams& p, RequestContext& context) {
    return runPipeline(script.of(p.path), p, context);
  });
  server.on<SoundModelParams>(
      [&](const SoundModelParams& p, RequestContext&) { return script.of(p.path).soundModel; });
  server.on<SoundOverviewParams>([&](const SoundOverviewParams& p, RequestContext& context) {
    return overview(script, p, context);
  });
  server.on<OpenTableParams>([&](const OpenTableParams& p, RequestContext&) {
    return openFakeTable(p, script.tableRows);
  });
  server.on<TableSeriesParams>([&](const TableSeriesParams& p, RequestContext& context) {
    return fakeSeries(p, script.tableRows, context);
  });
  server.on<SegmentParams>(
      [&](const SegmentParams& p, RequestContext& context) { return segment(script, p, context); });
}

void serve(const Script& script) {
  ignoreBrokenPipes();
  Server server({.engine = "fake_engine", .engineVersion = "1", .pid = ::getpid()}, STDOUT_FILENO);
  server.on<ListModelsParams>([&](const ListModelsParams&, RequestContext&) {
    return ListModelsResult{.models = script.models, .availableBytes = std::int64_t{4} << 30};
  });
  server.on<LoadModelParams>(
      [&](const LoadModelParams& p, RequestContext& context) { return load(script, p, context); });
  server.on<TokenizeParams>(
      [](const TokenizeParams& p, RequestContext&) { return tokenizeWords(p); });
  server.on<RenderTemplateParams>([](const RenderTemplateParams& p, RequestContext&) {
    const std::string text = rendered(p.messages);
    return RenderTemplateResult{text, tokenizeWords({.text = text}).ids};
  });
  server.on<GenerateParams>([&](const GenerateParams& p, RequestContext& context) {
    return generate(script, p, context);
  });
  server.on<GenerationFieldsParams>([&](const GenerationFieldsParams&, RequestContext&) {
    return GenerationFieldsResult{script.fields_, script.strategies};
  });
  server.on<ExplainStepParams>(
      [](const ExplainStepParams& p, RequestContext&) { return explain(p); });
  server.on<StatsParams>([&](const StatsParams&, RequestContext&) {
    return StatsResult{.residentBytes = 100 << 20, .runningRequests = server.running() - 1};
  });
  serveModels(server, script);
  serveTraining(server, script.train);
  server.serve(STDIN_FILENO);
  std::_Exit(0);
}

}  // namespace
}  // namespace orrery::protocol

int main(int argc, char** argv) {
  using namespace orrery;
  try {
    protocol::Script script;
    const bool stands = argc > 1 && std::string_view(argv[1]) == "engine";
    const char* file = stands ? std::getenv("ORRERY_FAKE_SCRIPT") : argc > 1 ? argv[1] : nullptr;
    if (file) {
      const Json json = readJsonFile(file);
      protocol::fromJson(JsonField(json, file), script);
    }
    protocol::serve(script);
  } catch (const Error& error) {
    std::fprintf(stderr, "fake_engine: %s\n", error.what());
    return 1;
  }
}
