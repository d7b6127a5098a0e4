// run: one input through the pipeline of a task.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/load_options.h"
#include "app/cli/mask_files.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/media/decode.h"
#include "core/media/wav.h"

namespace orrery::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  LoadOptions load;
  std::string task, maskFolder, audioFile;
  std::vector<std::string> inputs, settings;
  bool listsOptions = false;
  bool json = false;
};

constexpr const char* kDetails = R"(
The input is a text, or the name of a file: a picture, a sound (for a task that takes one), text,
a table if the name ends in .csv, .tsv or .parquet, or JSON if it ends in .json.
Several inputs, or the pictures of a folder in the order of their names, are run together; each
result comes with the name of its file, a file that fails with its error; --masks makes a folder
for each.
In JSON:
  "a text"                                  every task of texts
  {"image": "photo.jpg"}                    every task of pictures
  {"audio": "speech.flac"}                  every task of sounds
  {"image": "photo.jpg", "question": "…"}   visual-question-answering; or --set question=…
  {"images": ["a.jpg"], "text": "…"}        image-text-to-text; or a picture and --set text=…
  {"text": "…", "text_pair": "…"}           text-classification of two texts together
  {"question": "…", "context": "…"}         question-answering; or a text and --set question=…
  [{"role": "user", "content": "…"}, …]     text-generation: a conversation
  [{"role": "user", "content": [{"type": "image", "path": "photo.jpg"},
    {"type": "text", "text": "…"}]}, …]     image-text-to-text: one with pictures
  {"series": "load.csv"}                    time-series-forecasting: the columns of a table
  {"values": {"load": [1, 2, null, …]},
   "start": "2016-07-01", "step": 3600}     time-series-forecasting: these values
  ["a", "word", "each"]                     token-classification with is_split_into_words
A value of --set is JSON, or else a text. `orrery-cli run TASK --options` lists what TASK takes;
the tasks that write text also take the fields of GenerationConfig.)";

/// Whether a text that is no file was meant as one.
bool looksLikeFile(const std::string& input) {
  if (input.find_first_of(" \t\n") != input.npos) return false;
  for (const char* ending : {".txt", ".json", ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif",
                             ".tiff", ".csv", ".tsv", ".parquet"})
    if (input.ends_with(ending)) return true;
  for (const char* beginning : {"/", "./", "../"})
    if (input.starts_with(beginning)) return true;
  return false;
}

/// Whether the file begins as a picture does, whatever its name.
bool isPicture(const std::string& file) {
  std::array<char, 32> first{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(first.data(), first.size());
  const auto got = static_cast<std::size_t>(stream.gcount());
  return media::imageFormat(std::as_bytes(std::span(first.data(), got))).has_value();
}

bool isTable(const std::string& file) {
  return file.ends_with(".csv") || file.ends_with(".tsv") || file.ends_with(".parquet");
}

OrderedJson readInput(const std::string& input, bool takesSounds) {
  std::error_code ignored;  // a long text is no valid file name
  if (!fs::is_regular_file(input, ignored)) {
    if (looksLikeFile(input))
      throw Error(ErrorKind::kNotFound, "no such file").in("--input").in(input);
    return input;
  }
  if (input.ends_with(".json")) return readOrderedJsonFile(input);
  if (takesSounds) return {{"audio", input}};
  if (isPicture(input)) return {{"image", input}};
  if (isTable(input)) return {{"series", input}};
  return readTextFile(input);
}

void print(const OrderedJson& document) {
  std::puts(document.dump(-1, ' ', false, OrderedJson::error_handler_t::replace).c_str());
}

/// Its size and range; the values are for programs.
void printDepth(const OrderedJson& rows) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const OrderedJson& row : rows)
    for (const OrderedJson& value : row) {
      least = std::min(least, value.get<double>());
      most = std::max(most, value.get<double>());
    }
  std::printf("depth of %zu x %zu pixels, from %.4g to %.4g (--json gives all values)\n",
              rows[0].size(), rows.size(), least, most);
}

/// What is said, in one line or a line for each piece with its times.
void printTranscript(const OrderedJson& transcript) {
  const auto seconds = [](const OrderedJson& time) {
    return time.is_null() ? std::string("?") : fmt::format("{:.2f}", time.get<double>());
  };
  if (!transcript.contains("chunks"))
    return void(std::puts(transcript["text"].get<std::string>().c_str()));
  for (const OrderedJson& chunk : transcript["chunks"]) {
    if (chunk.contains("timestamp"))
      std::printf("%8s - %-8s", seconds(chunk["timestamp"][0]).c_str(),
                  seconds(chunk["timestamp"][1]).c_str());
    if (chunk.contains("language"))
      std::printf(" [%s]",
                  chunk["language"].is_null() ? "?" : chunk["language"].get<std::string>().c_str());
    std::puts(chunk["text"].get<std::string>().c_str());
  }
}

/// How long it is; the samples are for programs.
void printSound(const OrderedJson& sound) {
  const double rate = sound["sampling_rate"].get<double>();
  if (sound["audio"].is_string())
    std::printf("%s at %.0f Hz\n", sound["audio"].get<std::string>().c_str(), rate);
  else
    std::printf("sound of %.2f s at %.0f Hz (--audio writes it, --json gives all samples)\n",
                static_cast<double>(sound["audio"].size()) / rate, rate);
}

/// Writes the sound of a result to `file`, whose name takes its place there.
void writeSoundFile(OrderedJson& result, const std::string& file) {
  if (!result.is_object() || !result.contains("sampling_rate"))
    throw Error(ErrorKind::kInvalidInput, "the task makes no sounds").in("--audio");
  media::writeWav(file, result["audio"].get<std::vector<float>>(),
                  result["sampling_rate"].get<int>());
  result["audio"] = file;
}

/// One thing of a result in a line: its text alone, or its score and the rest.
void printEntry(const OrderedJson& entry) {
  if (entry.contains("text") && !entry.contains("label")) return printTranscript(entry);
  if (entry.contains("sampling_rate")) return printSound(entry);
  if (entry.contains("generated_text")) {
    const OrderedJson& answer = entry["generated_text"];
    const OrderedJson& text = answer.is_array() ? answer.back()["content"] : answer;
    std::puts((text.is_string() ? text.get<std::string>() : text.dump()).c_str());
  } else if (entry.contains("answer") && entry.size() == 1) {
    std::puts(entry["answer"].get<std::string>().c_str());
  } else if (entry.contains("predicted_depth")) {
    printDepth(entry["predicted_depth"]);
  } else if (entry.contains("masks")) {
    if (entry["masks"].empty()) std::puts("nothing found");
    for (std::size_t i = 0; i < entry["masks"].size(); ++i)
      std::printf("%.4f  %s\n", entry["scores"][i].get<double>(),
                  maskText(entry["masks"][i]).c_str());
  } else if (entry.contains("mask")) {
    const OrderedJson& score = entry["score"];
    std::printf("%s%s  %s\n",
                score.is_null() ? "" : fmt::format("{:.4f}  ", score.get<double>()).c_str(),
                entry["label"].get<std::string>().c_str(), maskText(entry["mask"]).c_str());
  } else if (entry.contains("score")) {
    std::printf("%.4f", entry["score"].get<double>());
    for (const auto& [name, value] : entry.items())
      if (name != "score")
        std::printf("  %s", value.is_string() ? value.get<std::string>().c_str()
                                              : (name + "=" + value.dump()).c_str());
    std::puts("");
  } else {
    print(entry);
  }
}

void printResult(const OrderedJson& result) {
  if (result.is_object()) return printEntry(result);
  if (result.empty()) std::puts("nothing found");
  const bool isNested = !result.empty() && result[0].is_array();
  if (isNested && !result[0].empty() && result[0][0].is_array()) {  // features
    for (const OrderedJson& row : result[0]) std::puts(row.dump().c_str());
    return;
  }
  for (const OrderedJson& entry : result)
    if (isNested)
      printResult(entry);
    else
      printEntry(entry);
}

int listOptions(const Options& options) {
  const OrderedJson task = runtime().task(options.task);
  if (options.json) {
    print(task);
    return kDone;
  }
  std::printf("%s: %s\n", task["name"].get<std::string>().c_str(),
              task["description"].get<std::string>().c_str());
  for (const OrderedJson& option : task["options"])
    std::printf("  %s (%s; %s)\n      %s\n", option["name"].get<std::string>().c_str(),
                option["type"].get<std::string>().c_str(), option["default"].dump().c_str(),
                option["description"].get<std::string>().c_str());
  return kDone;
}

/// The pictures that lie in `folder`, by their names.
std::vector<std::string> picturesIn(const std::string& folder) {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && isPicture(entry.path().string()))
      result.push_back(entry.path().string());
  std::sort(result.begin(), result.end());
  if (result.empty()) throw Error(ErrorKind::kNotFound, "holds no pictures").in(folder);
  return result;
}

/// The inputs with folders replaced by what lies in them.
std::vector<std::string> withoutFolders(const std::vector<std::string>& inputs) {
  std::vector<std::string> result;
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (!fs::is_directory(input, ignored)) {
      result.push_back(input);
      continue;
    }
    for (std::string& picture : picturesIn(input)) result.push_back(std::move(picture));
  }
  return result;
}

/// One element of the document, or some lines.
void printOutcome(const std::string& name, const Outcome& outcome, bool json) {
  if (json) {
    OrderedJson element{{"input", name}};
    if (outcome.error.empty())
      element["result"] = outcome.result;
    else
      element["error"] = outcome.error;
    return print(element);
  }
  std::printf("%s\n", name.c_str());
  if (outcome.error.empty())
    printResult(outcome.result);
  else
    std::printf("failed: %s\n", outcome.error.c_str());
}

/// A folder for the masks of one of many inputs: "000-cat" of cat.jpg.
fs::path maskFolderOf(const Options& options, std::size_t index, const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  return fs::path(options.maskFolder) / fmt::format("{:03}-{}", index, stem);
}

/// Prints each result as it comes: the results of many pictures need not fit into memory.
int runMany(const LoadedPipeline& pipeline, const std::vector<std::string>& names,
            const Options& options, bool takesSounds) {
  std::vector<OrderedJson> inputs;
  for (const std::string& name : names) inputs.push_back(readInput(name, takesSounds));
  std::size_t failed = 0;
  if (options.json) std::puts("[");
  pipeline.runMany(inputs, parseAssignments(options.settings),
                   [&](std::size_t index, const Outcome& outcome) {
                     if (options.json && index > 0) std::puts(",");
                     Outcome told = outcome;
                     if (!options.maskFolder.empty() && told.error.empty())
                       writeMaskFiles(told.result, maskFolderOf(options, index, names[index]));
                     printOutcome(names[index], told, options.json);
                     failed += told.error.empty() ? 0 : 1;
                   });
  if (options.json) std::puts("]");
  if (failed > 0)
    throw Error(ErrorKind::kInvalidInput, "{} of {} inputs failed", failed, names.size());
  return kDone;
}

int runTask(const Options& options) {
  if (options.listsOptions) return listOptions(options);
  const OrderedJson settings = parseAssignments(options.settings);
  const bool takesSounds = runtime().task(options.task)["takes_sounds"].get<bool>();
  std::error_code ignored;  // a long text is no valid name
  const bool folder = fs::is_directory(options.inputs.front(), ignored);
  if (folder || options.inputs.size() > 1) {
    if (!options.audioFile.empty())
      throw Error(ErrorKind::kInvalidInput, "takes the sound of one input").in("--audio");
    const auto names = withoutFolders(options.inputs);
    return runMany(*runtime().pipeline(options.task, options.load), names, options, takesSounds);
  }
  const OrderedJson input = readInput(options.inputs.front(), takesSounds);
  const auto pipeline = runtime().pipeline(options.task, options.load);
  OrderedJson result = pipeline->run(input, settings, {});
  if (!options.maskFolder.empty()) writeMaskFiles(result, options.maskFolder);
  if (!options.audioFile.empty()) writeSoundFile(result, options.audioFile);
  if (options.json)
    print(result);
  else
    printResult(result);
  return kDone;
}

}  // namespace

void addRunCommand(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "run", "A task: text-generation, text-classification, fill-mask, question-answering, …");
  command->add_option("task", options->task, "Name of the task, as in transformers")->required();
  addLoadOptions(*command, options->load);
  auto* input = command->add_option("--input", options->inputs, "Text, file or folder (see below)")
                    ->allow_extra_args(false);
  command->add_option("--set", options->settings, "Option of the task, as name=value")
      ->allow_extra_args(false);
  command->add_option("--masks", options->maskFolder,
                      "Folder to write each mask to as a PNG; else they are run lengths as COCO's");
  command->add_option("--audio", options->audioFile, "WAV file to write a sound to");
  command->add_flag("--options", options->listsOptions, "List what --set takes, and run nothing");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->footer(kDetails);
  // Nothing is loaded to list options.
  command->get_option("--model")->required(false);
  command->callback([&run, options, command, input] {
    for (auto* needed : {command->get_option("--model"), input})
      if (!options->listsOptions && needed->empty()) throw CLI::RequiredError(needed->get_name());
    run = [options] { return runTask(*options); };
  });
}

}  // namespace orrery::cli
