#include "ui/speech/recorder.h"

#include <QDateTime>
#include <QDir>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "ui/speech/wav_file.h"

namespace orrery::ui {
namespace {

constexpr double kBlockSeconds = 0.05;   // whose loudness is judged
constexpr double kBeforeSeconds = 0.25;  // of a stretch: the begin of a word is quiet
constexpr double kSilence = -100;        // decibels

double decibelsOf(std::span<const float> block) {
  double power = 0;
  for (const float sample : block) power += static_cast<double>(sample) * sample;
  power /= static_cast<double>(std::max<std::size_t>(1, block.size()));
  return std::max(kSilence, 10 * std::log10(power + 1e-12));
}

QString freePath(const QString& folder) {
  const QString name =
      folder + QLatin1Char('/') +
      QDateTime::currentDateTime().toString(Recorder::tr("'recording' yyyy-MM-dd HH.mm.ss"));
  QString path = name + QStringLiteral(".wav");
  for (int i = 2; QFile::exists(path); ++i) path = QStringLiteral("%1 (%2).wav").arg(name).arg(i);
  return path;
}

}  // namespace

Recorder::Recorder(QString folder, SourceMaker maker, QObject* parent)
    : QObject(parent), folder_(std::move(folder)), maker_(std::move(maker)) {}

Recorder::~Recorder() {
  if (recording_) source_->stop();
}

void Recorder::setSourceMaker(SourceMaker maker) {
  stop();
  source_.reset();
  maker_ = std::move(maker);
}

SampleSource& Recorder::source() {
  if (!source_) {
    source_ = maker_();
    connect(source_.get(), &SampleSource::came, this, &Recorder::take);
    connect(source_.get(), &SampleSource::failed, this, &Recorder::fail);
    connect(source_.get(), &SampleSource::devicesChanged, this, &Recorder::devicesChanged);
  }
  return *source_;
}

void Recorder::start(const QByteArray& device) {
  stop();
  try {
    if (!QDir().mkpath(folder_))
      throw Error(ErrorKind::kIo, "{}: cannot be made", folder_.toStdString());
    rate_ = source().start(device);
  } catch (const Error& error) {
    return fail(QString::fromUtf8(error.what()));
  }
  recording_ = true;
  seconds_ = quiet_ = 0;
  loud_ = false;
  before_.clear();
  rest_.clear();
  emit changed();
}

void Recorder::stop() {
  if (!recording_) return;
  recording_ = false;
  source_->stop();
  if (!rest_.empty() && file_) {
    try {
      file_->add(rest_);
    } catch (const Error& error) {
      emit failed(QString::fromUtf8(error.what()));
    }
  }
  endFile();
  emit changed();
}

void Recorder::take(const std::vector<float>& samples) {
  if (!recording_) return;
  rest_.insert(rest_.end(), samples.begin(), samples.end());
  const auto size = static_cast<std::size_t>(rate_ * kBlockSeconds);
  std::size_t at = 0;
  const std::vector<float> all = std::exchange(rest_, {});
  try {
    for (; recording_ && at + size <= all.size(); at += size)
      takeBlock(std::span(all).subspan(at, size));
  } catch (const Error& error) {
    return fail(QString::fromUtf8(error.what()));
  }
  if (recording_) rest_.assign(all.begin() + static_cast<std::ptrdiff_t>(at), all.end());
}

void Recorder::takeBlock(std::span<const float> block) {
  const double level = decibelsOf(block);
  const bool silent = level < rule_.decibels;
  seconds_ += kBlockSeconds;
  quiet_ = silent ? quiet_ + kBlockSeconds : 0;
  loud_ = loud_ || !silent;
  emit heard(level);
  write(block);
  if (!loud_ || quiet_ < rule_.seconds) return;
  if (rule_.then == SilenceRule::Then::kStop) stop();
  if (rule_.then == SilenceRule::Then::kCut) endFile();
}

// Cut at silence, a file begins with sound and the moment before it.
void Recorder::write(std::span<const float> block) {
  if (!file_ && rule_.then == SilenceRule::Then::kCut && quiet_ > 0) {
    before_.insert(before_.end(), block.begin(), block.end());
    const auto most = static_cast<std::size_t>(rate_ * kBeforeSeconds);
    if (before_.size() > most)
      before_.erase(before_.begin(), before_.end() - static_cast<std::ptrdiff_t>(most));
    return;
  }
  if (!file_) {
    file_ = std::make_unique<WavFile>(freePath(folder_), rate_);
    file_->add(std::exchange(before_, {}));
  }
  file_->add(block);
}

void Recorder::endFile() {
  loud_ = false;
  quiet_ = 0;
  before_.clear();
  if (!file_) return;
  const QString path = std::exchange(file_, nullptr)->path();
  emit recorded(path);
}

void Recorder::fail(const QString& reason) {
  stop();
  emit failed(reason);
}

}  // namespace orrery::ui
