//! Schedules that once ended badly, each with what was wrong.
