//! The executable zhanggui.
