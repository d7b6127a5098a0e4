#pragma once

#include <QString>
#include <QStringList>
#include <optional>

namespace orrery::gui {

/// What the program was started with.
struct Options {
  QString panel;  ///< empty: the one shown last
  QString model;
  QString prompt;  ///< of --prompt, or the text of --input
  QString file;    ///< --input of a panel that opens files: a picture, a sound
  bool run = false;
  QString screenshot;  ///< file to write once the work is done; empty: stay open
  int width = 0;       ///< of the window; 0: as it was left
  int height = 0;
};

/// Reads the arguments; prints one line on standard error and returns nothing if they are wrong.
/// --help and --version print and end the program.
std::optional<Options> parseCommandLine(const QStringList& arguments);

}  // namespace orrery::gui
