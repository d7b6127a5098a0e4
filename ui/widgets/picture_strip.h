#pragma once

#include <QStringList>
#include <QWidget>

class QHBoxLayout;
class QMimeData;
class QPlainTextEdit;

namespace orrery::ui {

/// Pictures that belong to a text, as a row of thumbnails; hidden while there are none. Where they
/// can be changed, each is a button that a click or Delete takes away.
class PictureStrip : public QWidget {
  Q_OBJECT

 public:
  enum class Use { kShow, kChange };

  /// `name` begins the object names of the thumbnails: "name0", "name1", …
  PictureStrip(const char* name, Use use, QWidget* parent = nullptr);

  const QStringList& pictures() const { return pictures_; }  ///< files
  void setPictures(const QStringList& files);
  bool anyGone() const;  ///< a file is no longer there
  /// Adds files as the user would.
  void add(const QStringList& files);
  /// Takes pictures that are pasted into the field or dropped on it.
  void serve(QPlainTextEdit* field);
  void takeDropsOn(QWidget* area);
  /// Adds what is in `data`: files of pictures, or a picture, which is kept as a file; false if it
  /// holds none.
  bool take(const QMimeData& data);
  void askForFiles();

 signals:
  void changed();  ///< by the user

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeThumbnail(int index);
  void remove(const QString& file);
  void fill();

  QString name_;
  Use use_;
  QStringList pictures_;
  QHBoxLayout* row_;
  QPlainTextEdit* field_ = nullptr;  ///< that they go with
};

}  // namespace orrery::ui
