#pragma once

#include <QImage>
#include <QSet>
#include <QStringList>
#include <QThreadPool>

namespace orrery::ui {

class EngineProcess;

/// The pictures that a card names: fetched by the engine, a few at a time, and decoded on other
/// threads, once fetch() is called; never before.
class CardPictures : public QObject {
  Q_OBJECT

 public:
  explicit CardPictures(EngineProcess& engine, QObject* parent = nullptr);

  /// Takes other pictures; what was on its way for those before is cancelled.
  void set(const QStringList& addresses);
  void fetch();

  const QStringList& addresses() const { return addresses_; }
  QStringList hosts() const;
  bool busy() const { return !waiting_.isEmpty() || running_ > 0; }
  int shown() const { return static_cast<int>(there_.size()); }
  /// Why one is not there; empty if none failed.
  const QString& problem() const { return problem_; }

 signals:
  void arrived(const QString& address, const QImage& image);
  void changed();

 private:
  void fetchNext();
  void decode(const QString& address, const QByteArray& content);
  void end(const QString& address, const QImage& image, const QString& problem);

  EngineProcess& engine_;
  QStringList addresses_;
  QStringList waiting_;
  QSet<QString> there_;
  QSet<qint64> requests_;
  int running_ = 0;     ///< fetched or decoded now
  qint64 bytes_ = 0;    ///< of the pictures that are there
  int generation_ = 0;  ///< counts the sets of pictures
  QString problem_;
  QThreadPool threads_;  ///< last: it waits for what still decodes
};

/// Decodes a picture; a large one in fewer pixels. An orrery::Error if it is of no kind that is
/// drawn or has too many pixels.
QImage decodePicture(const QByteArray& content);

}  // namespace orrery::ui
