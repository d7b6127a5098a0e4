// Where the template of a checkpoint is found, and the command that renders it.

#include <QProcess>
#include <QTemporaryDir>
#include <filesystem>

#include "core/base/file.h"
#include "core/chat/template_source.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// A checkpoint folder with the given files.
class Folder {
 public:
  Folder(std::initializer_list<std::pair<const char*, const char*>> files) {
    for (const auto& [name, content] : files) {
      std::filesystem::create_directories((path() / name).parent_path());
      writeFileAtomically(path() / name, content);
    }
  }
  std::filesystem::path path() const { return folder_.path().toStdString(); }

 private:
  QTemporaryDir folder_;
};

QString rendered(const Folder& folder, const OrderedJson& tools = {},
                 const std::string& name = "") {
  const OrderedJson messages =
      OrderedJson::array({OrderedJson{{"role", "user"}, {"content", "hi"}}});
  try {
    const auto source = chat::readTemplates(folder.path());
    return QString::fromStdString(source.parse(name, !tools.is_null()).render(messages, tools, {}));
  } catch (const Error& error) {
    return QString("error: ") + error.what();
  }
}

constexpr const char* kConfig =
    R"({"chat_template": "old", "bos_token": {"content": "<b>"}, "eos_token": "<e>"})";

}  // namespace

class TemplateSourceTest : public QObject {
  Q_OBJECT

 private slots:
  void fileOfItsOwnComesFirst() {
    QCOMPARE(rendered({{"chat_template.jinja", "{{ bos_token }}new{{ eos_token }}"},
                       {"tokenizer_config.json", kConfig}}),
             "<b>new<e>");
  }
  void configHoldsTheTemplate() { QCOMPARE(rendered({{"tokenizer_config.json", kConfig}}), "old"); }
  void jsonFileHoldsTheTemplate() {
    QCOMPARE(
        rendered({{"chat_template.json", R"({"chat_template": "x{{ messages[0].content }}"})"}}),
        "xhi");
  }
  void processorsHaveTheFirstWord() {
    const char* processor = R"({"chat_template": "p", "processor_class": "LlavaProcessor"})";
    QCOMPARE(rendered({{"processor_config.json", processor}, {"chat_template.jinja", "j"}}), "p");
    QCOMPARE(rendered({{"processor_config.json", "{}"}, {"chat_template.jinja", "j"}}), "j");
    QCOMPARE(rendered({{"chat_template.json", R"({"chat_template": "x"})"},
                       {"chat_template.jinja", "j"}}),
             "x");
  }
  void namedTemplatesAreChosenByTools() {
    const Folder folder{{"tokenizer_config.json",
                         R"({"chat_template": [{"name": "default", "template": "d"},
                             {"name": "tool_use", "template": "t"}, {"name": "rag", "template": "r"}]})"}};
    QCOMPARE(rendered(folder), "d");
    QCOMPARE(rendered(folder, OrderedJson::array()), "t");
    QCOMPARE(rendered(folder, {}, "rag"), "r");
    QVERIFY(
        rendered(folder, {}, "no")
            .endsWith("no chat template named \"no\", expected one of: default, rag, tool_use"));
  }
  void additionalFolderIsRead() {
    QCOMPARE(rendered({{"chat_template.jinja", "d"}, {"additional_chat_templates/rag.jinja", "r"}},
                      {}, "rag"),
             "r");
  }
  void noTemplateIsSaid() {
    QCOMPARE(rendered({{"tokenizer_config.json", "{}"}}), "error: the model has no chat template");
  }
  void starterModelHasItsTemplate() {
    const QByteArray model = qgetenv("ORRERY_STARTER_MODEL");
    if (model.isEmpty()) QSKIP("ORRERY_STARTER_MODEL is not set");
    const OrderedJson messages =
        OrderedJson::array({OrderedJson{{"role", "user"}, {"content", "hi"}}});
    const auto source = chat::readTemplates(model.toStdString());
    QCOMPARE(QString::fromStdString(source.parse("", false).render(messages, {}, {})),
             "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
             "Face<|im_end|>\n"
             "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
  }
  void commandPrintsThePromptAndNothingElse() {
    const Folder folder{
        {"chat_template.jinja", "{{ messages[0].content }}{{ x }}{{ add_generation_prompt }}"},
        {"messages.json", R"([{"role": "user", "content": "a"}])"}};
    const QString root = QString::fromStdString(folder.path().string());
    QProcess process;
    process.start(qEnvironmentVariable("ORRERY_CLI"),
                  {"template", "--model", root, "--messages", root + "/messages.json", "--set",
                   "x=[1,true]", "--no-generation-prompt"});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.readAllStandardOutput(), QByteArray("a[1, True]False"));
    QCOMPARE(process.exitCode(), 0);
  }
};

ORRERY_TEST(TemplateSourceTest)
#include "template_source_test.moc"
