#include "app/gui/command_line.h"

#include <QCommandLineParser>
#include <cstdio>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/utf8.h"
#include "ui/shell/main_window.h"
#include "ui/vision/picture.h"

namespace orrery::gui {
namespace {

constexpr std::uint64_t kInputLimit = 16u << 20;
constexpr int kSmallest = 320;
constexpr int kLargest = 16384;
// Their --input is a file of any kind.
const QStringList kFilePanels = {"vision", "speech", "forecast", "train"};

void complain(const QString& text) {
  std::fprintf(stderr, "orrery: %s\n", qPrintable(text));
}

bool readSize(const QString& text, Options& options) {
  const QStringList parts = text.split(QLatin1Char('x'));
  if (parts.size() == 2) {
    options.width = parts[0].toInt();
    options.height = parts[1].toInt();
  }
  return options.width >= kSmallest && options.height >= kSmallest && options.width <= kLargest &&
         options.height <= kLargest;
}

}  // namespace

std::optional<Options> parseCommandLine(const QStringList& arguments) {
  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral("A desktop workbench for transformer models."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOptions(
      {{"panel", "Opens on a panel: " + ui::MainWindow::panelNames().join(", ") + ".", "NAME"},
       {"model", "A checkpoint folder or .gguf file; on the hub org/name.", "MODEL"},
       {"prompt", "Fills in the prompt, or what to search the hub for.", "TEXT"},
       {"input",
        "Fills in the prompt from a text file; a picture is opened or attached; a sound, a table "
        "or, "
        "in train, settings are opened.",
        "FILE"},
       {"run", "Starts the panel's work."},
       {"screenshot", "Writes the window once the work is done, and ends.", "FILE.png"},
       {"size", "Size of the window, as 1280x800.", "WIDTHxHEIGHT"}});
  if (!parser.parse(arguments)) {
    complain(parser.errorText());
    return std::nullopt;
  }
  if (parser.isSet("help")) parser.showHelp();
  if (parser.isSet("version")) parser.showVersion();
  Options options;
  options.panel = parser.value("panel");
  options.model = parser.value("model");
  options.prompt = parser.value("prompt");
  options.run = parser.isSet("run");
  options.screenshot = parser.value("screenshot");
  if (!options.panel.isEmpty() && !ui::MainWindow::panelNames().contains(options.panel)) {
    complain(QStringLiteral("--panel: expected one of %1, found %2")
                 .arg(ui::MainWindow::panelNames().join(", "), options.panel));
    return std::nullopt;
  }
  if (parser.isSet("size") && !readSize(parser.value("size"), options)) {
    complain(QStringLiteral("--size: expected WIDTHxHEIGHT, found %1").arg(parser.value("size")));
    return std::nullopt;
  }
  if (!parser.positionalArguments().isEmpty()) {
    complain(QStringLiteral("unexpected argument %1").arg(parser.positionalArguments().first()));
    return std::nullopt;
  }
  if (kFilePanels.contains(options.panel) || ui::isPictureName(parser.value("input")))
    options.file = parser.value("input");
  else if (parser.isSet("input"))
    try {
      options.prompt = QString::fromStdString(
          utf8::sanitized(readTextFile(parser.value("input").toStdString(), kInputLimit)));
    } catch (const Error& error) {
      complain(QString::fromUtf8(error.what()));
      return std::nullopt;
    }
  return options;
}

}  // namespace orrery::gui
