//! The tables that etcdctl prints.

/// Lays rows out in a table with borders; titles are centred and in capitals.
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::len);
        cells.chain([titles[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let border =
        widths.iter().fold(String::new(), |border, width| border + "+" + &"-".repeat(width + 2)) + "+\n";
    let line = |cells: Vec<String>| format!("|{}|\n", cells.join("|"));
    let titles =
        titles.iter().zip(&widths).map(|(title, width)| format!(" {:^width$} ", title.to_uppercase()));
    let mut text = border.clone() + &line(titles.collect()) + &border;
    for row in rows {
        text += &line(row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:>width$} ")).collect());
    }
    text + &border
}

/// A size as people read it: `2.1 MB`.
pub fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    for name in ["B", "kB", "MB"] {
        if bytes < unit * 1000 {
            return scaled(bytes, unit, name);
        }
        unit *= 1000;
    }
    scaled(bytes, unit, "GB")
}

fn scaled(bytes: u64, unit: u64, name: &str) -> String {
    let tenths = bytes.saturating_mul(10) / unit;
    if unit == 1 || tenths >= 100 {
        format!("{} {name}", bytes / unit)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_below_ten() {
        assert_eq!(
            [size(999), size(2_150), size(25_000), size(3_000_000_000)],
            ["999 B", "2.1 kB", "25 kB", "3.0 GB"]
        );
    }

    #[test]
    fn a_table_is_as_wide_as_its_widest_cells() {
        let text = table(&["id", "name"], &[vec!["1".into(), "etcd-0".into()]]);
        assert_eq!(
            text,
            "+----+--------+\n| ID |  NAME  |\n+----+--------+\n|  1 | etcd-0 |\n+----+--------+\n"
        );
    }
}
