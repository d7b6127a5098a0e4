#pragma once

#include <QLabel>

#include "tests/ui/workbench.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/speech_panel.h"

namespace orrery::test {

inline Json word(const char* text, double start, double probability) {
  return {{"text", text},
          {"timestamp", {start, start + 0.4}},
          {"probability", probability},
          {"alternatives", {{{"text", " other"}, {"probability", 0.2}}}}};
}

inline Json segment(double start, const Json& words) {
  return {{"timestamp", {start, start + 2}}, {"words", words}};
}

inline Json script() {
  const Json first = segment(0, {word(" Hello", 0.2, 0.98), word(" there", 0.8, 0.3)});
  const Json second = segment(2, {word(" All", 2.1, 0.97), word(" clear", 2.6, 0.99)});
  return {{"sound_s", 4},
          {"partials",
           {{{"draft", {{"start", 0}, {"words", {word(" Hello", 0.2, 0.5)}}}}},
            {{"segments", {first}}, {"until", 2}},
            {{"segments", {second}}, {"until", 4}}}},
          {"results", {{"automatic-speech-recognition", {{"text", "Hello there All clear"}}}}}};
}

/// The speech panel with one recording; the fake engine does not open it.
struct SpeechBench : Workbench {
  explicit SpeechBench(const Json& answers = script())
      : Workbench(answers), panel(window->speech().listen()) {
    file = folder.filePath("a talk.wav");
    writeFileAtomically(file.toStdString(), "RIFF");
    window->resize(1280, 800);
    window->showPanel("speech");
    panel.setModel("/models/whisper");
    panel.openSound(file);
  }
  const ui::Transcript& heard() { return panel.queue().item(panel.queue().rowOf(file)).transcript; }
  QString problem() {
    auto* label = panel.findChild<QLabel*>("speech.problem");
    return label->isVisible() ? label->text() : QString();
  }

  ui::ListenPage& panel;
  QString file;
};

}  // namespace orrery::test
