#pragma once

#include <QByteArray>
#include <QFile>
#include <span>

namespace orrery::ui {

/// A sound of one channel as a WAV file of 16 bits a sample; values beyond -1 and 1 are cut.
QByteArray wavOf(std::span<const float> samples, int rate);

/// A WAV file of that kind that is written as its sound comes in. After each add() the file holds
/// all that came and its header says so: whatever happens to the program, it can be played.
class WavFile {
 public:
  /// Makes the file; throws an Error that names it if it cannot.
  WavFile(const QString& path, int rate);

  void add(std::span<const float> samples);  ///< throws an Error, such as of a full disk
  QString path() const { return file_.fileName(); }
  double seconds() const;

 private:
  void write(const QByteArray& bytes);

  QFile file_;
  int rate_;
  qint64 samples_ = 0;
};

}  // namespace orrery::ui
