
#include "core/base/file.h"
#include "core/protocol/sound.h"
#include "tests/support/engine_bench.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

/// What the engine tells of models of sounds, of which there are configurations and no weights.
class EngineSoundModelTest : public QObject {
  Q_OBJECT

  test::EngineBench bench_;

  SoundModelResult ask(const char* config, const char* generation = nullptr) {
    writeFileAtomically(bench_.folder.filePath("config.json").toStdString(), config);
    const QString file = bench_.folder.filePath("generation_config.json");
    QFile::remove(file);
    if (generation) writeFileAtomically(file.toStdString(), generation);
    return bench_.client->call(SoundModelParams{bench_.folder.path().toStdString()});
  }
  QString errorOf(const std::string& path) {
    try {
      bench_.client->call(SoundModelParams{path});
    } catch (const Error& error) {
      return QString::fromUtf8(error.what());
    }
    return {};
  }

 private slots:
  void initTestCase() { bench_.start(); }
  void cleanupTestCase() { bench_.stop(); }

  void whisperTellsItsLanguagesAndTasks() {
    constexpr auto kWhisper =
        R"({"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]})";
    const SoundModelResult many = ask(kWhisper, R"({"is_multilingual": true,
      "lang_to_id": {"<|en|>": 50259, "<|haw|>": 50352, "<|de|>": 50261},
      "task_to_id": {"transcribe": 50359, "translate": 50358}})");
    const std::vector<std::string> recognition{"automatic-speech-recognition"};
    QCOMPARE(many, (SoundModelResult{.pipelines = recognition,
                                     .recogniser = "whisper",
                                     .multilingual = true,
                                     .languages = {"de", "en", "haw"},
                                     .tasks = {"transcribe", "translate"}}));
    const SoundModelResult english{.pipelines = recognition, .recogniser = "whisper"};
    QCOMPARE(ask(kWhisper, R"({"is_multilingual": false})"), english);
    QCOMPARE(ask(kWhisper), english);
  }
  void adaptersOfLanguagesWithLettersAreTold() {
    constexpr auto kMms = R"({"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"],
                              "adapter_attn_dim": 16})";
    const auto write = [&](const char* name, const char* text) {
      writeFileAtomically(bench_.folder.filePath(name).toStdString(), text);
    };
    write("vocab.json", R"({"deu": {"A": 1}, "eng": {"A": 1}, "fra": {"A": 1}})");
    for (const char* name : {"adapter.eng.safetensors", "adapter.eng.bin", "adapter.deu.bin",
                             "adapter.elf.safetensors", "adapter.safetensors", "adapter.fra.txt"})
      write(name, "");
    const std::vector<std::string> both{"deu", "eng"};
    QCOMPARE(ask(kMms).languages, both);
    QVERIFY(ask(kMms).multilingual);
    QVERIFY(ask(R"({"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"]})")
                .languages.empty());
    write("vocab.json", R"({"A": 1, "eng": 2})");
    QVERIFY(ask(kMms).languages.empty());
  }
  void otherModelsTellWhatTheyDo() {
    const SoundModelResult ctc =
        ask(R"({"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"]})");
    QCOMPARE(ctc.recogniser, std::string("ctc"));
    QVERIFY(!ctc.multilingual && ctc.tasks.empty() && ctc.voice.empty());
    for (const char* config :
         {R"({"model_type": "speecht5", "architectures": ["SpeechT5ForSpeechToText"]})",
          R"({"model_type": "speech-encoder-decoder",
              "architectures": ["SpeechEncoderDecoderModel"]})"})
      QCOMPARE(ask(config), (SoundModelResult{.pipelines = {"automatic-speech-recognition"},
                                              .recogniser = "seq2seq"}));
    const SoundModelResult vits =
        ask(R"({"model_type": "vits", "architectures": ["VitsModel"], "num_speakers": 109})");
    QCOMPARE(vits, (SoundModelResult{.pipelines = {"text-to-audio"},
                                     .voice = "waveform",
                                     .speakers = 109,
                                     .speakingRate = 1,
                                     .noiseScale = 0.667,
                                     .noiseScaleDuration = 0.8}));
    const SoundModelResult speecht5 =
        ask(R"({"model_type": "speecht5", "architectures": ["SpeechT5ForTextToSpeech"]})");
    QCOMPARE(speecht5.voice, std::string("spectrogram"));
    const SoundModelResult text =
        ask(R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})");
    QCOMPARE(text, SoundModelResult{});
  }
  void whatCannotBeReadIsNamed() {
    QVERIFY(errorOf("/nowhere/at-all").contains("/nowhere/at-all"));
    writeFileAtomically(bench_.folder.filePath("config.json").toStdString(), "{\"model_type\": 7}");
    const QString error = errorOf(bench_.folder.path().toStdString());
    QVERIFY2(error.contains("config.json") && error.contains("model_type"), qPrintable(error));
    ask(R"({"model_type": "whisper"})", R"({"lang_to_id": {}})");
    writeFileAtomically(bench_.folder.filePath("generation_config.json").toStdString(),
                        R"({"lang_to_id": 3})");
    const QString languages = errorOf(bench_.folder.path().toStdString());
    QVERIFY2(languages.contains("generation_config.json") && languages.contains("lang_to_id"),
             qPrintable(languages));
  }
};

ORRERY_TEST(EngineSoundModelTest)
#include "engine_sound_test.moc"
